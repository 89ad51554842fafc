import { readConfiguration } from '../../protocol/metadata/provider-metadata.ts'
import { boundFetch, type Fetch } from '../../protocol/requests/bounded-fetch.ts'
import { whyUnreached } from './ask-app.ts'
import type { CheckContext } from './check.ts'
import { type Finding, failed, passed, skipped, warning } from './finding.ts'

/** Milliseconds. */
const DEADLINE = 8_000

/** Whether logout tokens reach the app: the middleware, not something in front of it, must refuse a made-up one. */
export async function checkLogout({ settings, document }: CheckContext): Promise<readonly Finding[]> {
  const { backchannelLogoutUri: uri } = settings
  if (settings.bearer?.tokensOnly) return []
  if (uri === undefined) return [skipped('logout', 'options.routes.backchannelLogout is off.')]
  const fetch = boundFetch(globalThis.fetch as Fetch, { deadline: DEADLINE, redirects: 'return' })
  const support = document && !readConfiguration(document).sendsLogoutTokens ? [unsupported()] : []
  try {
    const body = new URLSearchParams('logout_token=doctor')
    const response = await fetch(uri, { method: 'POST', body })
    const text = await response.text()
    const isRefused = response.status === 400 && text.includes('invalid_request')
    return [
      isRefused ? passed('logout', `Logout tokens reach the app at ${uri}.`) : blocked(uri, response.status),
      ...support,
    ]
  } catch (error) {
    return [skipped('logout', `${whyUnreached(uri, error)}.`), ...support]
  }
}

function blocked(uri: string, status: number): Finding {
  const sentence = `${uri} answers HTTP ${status} to a logout token, so sessions continue after the provider ends them.`
  const fix =
    'Put app.post("/backchannel-logout", rp.handlers.backchannelLogout) in front of CSRF protection and body parsers; check options.routes.backchannelLogout and options.metadata.backchannel_logout_uri'
  return failed('logout', sentence, fix)
}

function unsupported(): Finding {
  const sentence =
    'The provider does not say that it sends logout tokens: a session that it ends continues here until it expires.'
  return warning(
    'logout',
    sentence,
    'Turn on back-channel logout at the provider, if it has it; otherwise shorten options.absoluteLifetime',
  )
}
