import { boundFetch, type Fetch } from '../../protocol/provider/bounded-fetch.ts'
import { reasonOf } from '../../protocol/provider/failure-reason.ts'
import { readClientRecord } from '../../relying-party/client/client-record.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { cookieName } from '../../session/browser/cookies.ts'
import type { JsonObject } from '../../vocabulary/json.ts'
import { type Finding, failed, passed, skipped, warning } from '../finding.ts'
import type { Examination } from './check.ts'

/** Milliseconds: the app may wait that long for the provider, and then some. */
const DEADLINE = 8_000

/** What the app answers where a sign-in begins: its redirect and its cookies show how it was put together. */
export async function checkApp(examination: Examination): Promise<readonly Finding[]> {
  const { settings } = examination
  const { baseUrl, routes } = settings
  if (routes.login === undefined)
    return [skipped('app', 'options.routes.login is off.'), ...sessionAdvice(settings)]
  const url = baseUrl + routes.login
  const fetch = boundFetch(globalThis.fetch as Fetch, { deadline: DEADLINE, redirects: 'return' })
  try {
    const response = await fetch(url, { headers: { accept: 'application/json' } })
    const isLogin = await checkAnswer(examination, url, response)
    return [
      ...isLogin,
      ...(isLogin.some(({ state }) => state === 'failed') ? [] : checkCookies(settings, response)),
      ...sessionAdvice(settings),
    ]
  } catch (error) {
    return [
      skipped('app', `${url} does not answer here (${reasonOf(error)}), so its cookies were not looked at.`),
      ...sessionAdvice(settings),
    ]
  }
}

async function checkAnswer(examination: Examination, url: string, response: Response): Promise<Finding[]> {
  const location = response.headers.get('location') ?? ''
  const isRedirect = response.status >= 300 && response.status < 400 && URL.canParse(location, url)
  if (!isRedirect) return [await refusalOf(url, response)]
  const target = new URL(location, url)
  return misdirectionOf(examination, url, target) ?? leadsWell(examination, url, target)
}

function misdirectionOf(
  { settings, document }: Examination,
  url: string,
  target: URL,
): Finding[] | undefined {
  if (!leadsTo(target, settings, document)) {
    const fix =
      'options.baseUrl, or BASE_URL: the address at which browsers see the app, without further redirects'
    const sentence = `${url} redirects to ${target.origin}${target.pathname} instead of the provider.`
    return [failed('app', sentence, fix)]
  }
  const redirectUri = target.searchParams.get('redirect_uri')
  if (redirectUri === settings.redirectUri) return undefined
  const sentence = `The app at ${url} asks for answers at ${redirectUri}, but the options here say ${settings.redirectUri}.`
  return [
    failed(
      'app',
      sentence,
      'options.baseUrl (BASE_URL) and options.routes.callback: the same here and there',
    ),
  ]
}

async function leadsWell({ settings }: Examination, url: string, target: URL): Promise<Finding[]> {
  const sentence = `${url} leads to the provider and back to ${settings.redirectUri}.`
  return [passed('app', sentence), ...(await checkSameClient(settings, target))]
}

function leadsTo({ origin, pathname }: URL, settings: Settings, document: JsonObject | undefined): boolean {
  const endpoint = settings.endpoints['authorization_endpoint'] ?? document?.['authorization_endpoint']
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint))
    return origin === new URL(settings.issuer).origin
  const expected = new URL(endpoint)
  return origin === expected.origin && pathname === expected.pathname
}

async function refusalOf(url: string, response: Response): Promise<Finding> {
  const said = /ERR_OIDC_\w+/.exec(await response.text())?.[0]
  if (said)
    return failed(
      'app',
      `${url} answers HTTP ${response.status} (${said}).`,
      `what docs/errors.md says about ${said}; the log of the app says more`,
    )
  const fix =
    'app.use(relyingParty(…)) in the app; options.baseUrl (BASE_URL) with the path below which it is mounted; the proxy in front of it'
  return failed('app', `${url} answers HTTP ${response.status} instead of a redirect to the provider.`, fix)
}

/** The command line and the app must look into the same store. */
async function checkSameClient(settings: Settings, { searchParams }: URL): Promise<Finding[]> {
  const inUse = searchParams.get('client_id')
  const expected = settings.client?.clientId ?? (await readClientRecord(settings)).record.current?.clientId
  if (expected === inUse || expected === undefined) return []
  const sentence = `The app uses client ${inUse}, but the record here is of client ${expected}: it has another store, or another name.`
  return [
    warning(
      'app',
      sentence,
      'options.store (OIDC_STORE) and options.name (OIDC_NAME): the same here and there',
    ),
  ]
}

/** RFC 6265bis §4.1.3.2: a browser drops a cookie of this name that is not as it promises. */
function checkCookies(settings: Settings, response: Response): Finding[] {
  const cookies = response.headers.getSetCookie()
  const own = cookies.find(cookie => cookie.startsWith(cookieName('oidc.', settings.secure)))
  const others = cookies.filter(cookie => !/^(__Host-)?oidc\./.test(cookie) && !/;\s*secure/i.test(cookie))
  const insecure = settings.secure && others[0] !== undefined ? [insecureCookie(others[0])] : []
  if (own && (!settings.secure || /;\s*secure/i.test(own)))
    return [
      passed(
        'cookies',
        `The cookie of a sign-in is sent as ${settings.secure ? '__Host- and Secure' : 'http on this machine allows'}.`,
      ),
      ...insecure,
    ]
  const sentence = `The app sent no cookie ${cookieName('oidc.…', settings.secure)}${settings.secure ? ' with Secure' : ''}, so no sign-in can end.`
  return [
    failed(
      'cookies',
      sentence,
      'options.baseUrl (BASE_URL): the https address of the app; and a proxy that leaves Set-Cookie as it is',
    ),
    ...insecure,
  ]
}

function insecureCookie(cookie: string): Finding {
  const name = cookie.slice(0, cookie.indexOf('='))
  return failed(
    'cookies',
    `The app sends the cookie ${name} without Secure over https.`,
    'session({ cookie: { secure: true } }), and app.set("trust proxy", 1) behind a proxy that ends TLS',
  )
}

/** What cannot be seen from outside before somebody signs in. */
function sessionAdvice({ secure }: Settings): Finding[] {
  if (!secure) return []
  const sentence =
    'The session of express-session is not seen before a sign-in. With https it needs cookie: { secure: true }, and behind a proxy that ends TLS app.set("trust proxy", 1), or its cookie is not sent.'
  return [skipped('session', sentence)]
}
