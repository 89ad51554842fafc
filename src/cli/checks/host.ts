import type { Settings } from '../../relying-party/options/settings.ts'
import { type AppAnswer, askApp, codeIn } from './ask-app.ts'
import { type Finding, failed, passed, skipped } from './finding.ts'

/** Whether requests for `baseUrl` and its path reach this app: it must have recognized the question, or answer as this library does. */
export async function checkHost(settings: Settings, answer: AppAnswer): Promise<Finding> {
  const { baseUrl } = settings
  if (answer.report) return passed('host', `Requests for ${baseUrl} reach this app.`)
  if (codeIn(answer)) return passed('host', `Requests for ${baseUrl} reach an app that uses this library.`)
  const { status, url } = answer
  const target = URL.parse(answer.headers.get('location') ?? '', url)
  if (status >= 300 && status < 400 && target)
    return failed(
      'host',
      `${url} redirects to ${target.origin}${target.pathname} instead of reaching this app.`,
      'Set options.baseUrl, or BASE_URL, to the address at which browsers reach the app without further redirects',
    )
  if (![404, 405].includes(status) && status < 500)
    return skipped('host', `${url} answers HTTP ${status}, which does not show whether this app answers.`)
  return (await wrongPath(settings)) ?? unreached(answer)
}

/** The app may answer without the path of `baseUrl`. */
async function wrongPath({ baseUrl, routes }: Settings): Promise<Finding | undefined> {
  const { origin, pathname } = new URL(baseUrl)
  if (pathname === '/') return undefined
  const bare = await askApp(origin + routes.callback).catch(() => undefined) // not there either
  if (!bare || !codeIn(bare)) return undefined
  return failed(
    'host',
    `The app answers at ${bare.url}, but not below the path ${pathname} of options.baseUrl.`,
    `Mount it there: app.use('${pathname}', session(…), relyingParty(…)); or set options.baseUrl (BASE_URL) to ${origin}`,
  )
}

function unreached({ url, status }: AppAnswer): Finding {
  const fix =
    status >= 500
      ? 'Check that the app runs, and that the proxy in front of it knows where'
      : 'Check that the app calls app.use(relyingParty(…)), that options.baseUrl (BASE_URL) has the path under which it is mounted, and that the proxy in front of it passes requests on'
  return failed('host', `${url} answers HTTP ${status}: requests do not reach this app.`, fix)
}
