import { boundFetch, type Fetch } from '../../protocol/provider/bounded-fetch.ts'
import { reasonOf } from '../../protocol/provider/failure-reason.ts'
import { type Finding, failed, passed, skipped, warning } from '../finding.ts'
import type { Examination } from './check.ts'

/** Milliseconds. */
const DEADLINE = 8_000

/** Whether logout tokens reach the app: one that is made up is refused by the middleware, not by what stands in front of it. */
export async function checkLogout({ settings, document }: Examination): Promise<readonly Finding[]> {
  const { backchannelLogoutUri: uri } = settings
  if (uri === undefined) return [skipped('logout', 'options.routes.backchannelLogout is off.')]
  const fetch = boundFetch(globalThis.fetch as Fetch, { deadline: DEADLINE, redirects: 'return' })
  const support = document && document['backchannel_logout_supported'] !== true ? [unsupported()] : []
  try {
    const body = new URLSearchParams('logout_token=doctor')
    const response = await fetch(uri, { method: 'POST', body })
    const said = await response.text()
    const isRefused = response.status === 400 && said.includes('invalid_request')
    return [
      isRefused ? passed('logout', `${uri} takes logout tokens.`) : stopped(uri, response.status),
      ...support,
    ]
  } catch (error) {
    return [skipped('logout', `${uri} does not answer here (${reasonOf(error)}).`), ...support]
  }
}

function stopped(uri: string, status: number): Finding {
  const sentence = `${uri} answers HTTP ${status} to a logout token, so sessions go on when the provider ends them.`
  const fix =
    'app.post("/backchannel-logout", rp.handlers.backchannelLogout) in front of CSRF protection and body parsers; options.routes.backchannelLogout; options.metadata.backchannel_logout_uri'
  return failed('logout', sentence, fix)
}

function unsupported(): Finding {
  const sentence =
    'The provider does not say that it sends logout tokens: a session that it ends goes on here until its own end.'
  return warning(
    'logout',
    sentence,
    'back-channel logout at the provider, if it has it; options.absoluteLifetime',
  )
}
