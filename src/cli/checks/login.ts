import { boundFetch, type Fetch } from '../../protocol/provider/bounded-fetch.ts'
import { reasonOf } from '../../protocol/provider/failure-reason.ts'
import { readClientRecord } from '../../relying-party/client/client-record.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { cookieName } from '../../session/browser/cookies.ts'
import type { JsonObject } from '../../vocabulary/json.ts'
import type { CheckContext } from './check.ts'
import { type Finding, failed, passed, skipped, warning } from './finding.ts'

/** Milliseconds: longer than the app itself waits for the provider. */
const DEADLINE = 8_000

/** What the app answers when a sign-in starts: its redirect and its cookies show how it is set up. */
export async function checkApp(context: CheckContext): Promise<readonly Finding[]> {
  const { settings } = context
  const { baseUrl, routes } = settings
  if (routes.login === undefined)
    return [skipped('app', 'options.routes.login is off.'), ...sessionAdvice(settings)]
  const url = baseUrl + routes.login
  const fetch = boundFetch(globalThis.fetch as Fetch, { deadline: DEADLINE, redirects: 'return' })
  try {
    const response = await fetch(url, { headers: { accept: 'application/json' } })
    const isLogin = await checkAnswer(context, url, response)
    return [
      ...isLogin,
      ...(isLogin.some(({ state }) => state === 'failed') ? [] : checkCookies(settings, response)),
      ...sessionAdvice(settings),
    ]
  } catch (error) {
    return [
      skipped(
        'app',
        `${url} cannot be reached from here (${reasonOf(error)}), so its cookies were not checked.`,
      ),
      ...sessionAdvice(settings),
    ]
  }
}

async function checkAnswer(context: CheckContext, url: string, response: Response): Promise<Finding[]> {
  const location = response.headers.get('location') ?? ''
  const isRedirect = response.status >= 300 && response.status < 400 && URL.canParse(location, url)
  if (!isRedirect) return [await refusalOf(url, response)]
  const target = new URL(location, url)
  return misdirectionOf(context, url, target) ?? redirectPassed(context, url, target)
}

function misdirectionOf(
  { settings, document }: CheckContext,
  url: string,
  target: URL,
): Finding[] | undefined {
  if (!leadsTo(target, settings, document)) {
    const fix =
      'Set options.baseUrl, or BASE_URL, to the address at which browsers reach the app without further redirects'
    const sentence = `${url} redirects to ${target.origin}${target.pathname} instead of to the provider.`
    return [failed('app', sentence, fix)]
  }
  const redirectUri = target.searchParams.get('redirect_uri')
  if (redirectUri === settings.redirectUri || isPushed(target)) return undefined
  const sentence = `The app at ${url} uses the redirect URI ${redirectUri}, but the options here say ${settings.redirectUri}.`
  return [
    failed(
      'app',
      sentence,
      'Use the same options.baseUrl (BASE_URL) and options.routes.callback here and in the app',
    ),
  ]
}

async function redirectPassed({ settings }: CheckContext, url: string, target: URL): Promise<Finding[]> {
  const sentence = isPushed(target)
    ? `${url} leads to the provider, which has accepted the pushed request. Its redirect URI cannot be seen from here.`
    : `${url} leads to the provider and back to ${settings.redirectUri}.`
  return [passed('app', sentence), ...(await checkSameClient(settings, target))]
}

/** RFC 9126 §4: the address then has a reference to the request instead of its parameters. */
function isPushed({ searchParams }: URL): boolean {
  return searchParams.has('request_uri') && !searchParams.has('redirect_uri')
}

function leadsTo({ origin, pathname }: URL, settings: Settings, document: JsonObject | undefined): boolean {
  const endpoint = settings.endpoints['authorization_endpoint'] ?? document?.['authorization_endpoint']
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint))
    return origin === new URL(settings.issuer).origin
  const expected = new URL(endpoint)
  return origin === expected.origin && pathname === expected.pathname
}

async function refusalOf(url: string, response: Response): Promise<Finding> {
  const code = /ERR_OIDC_\w+/.exec(await response.text())?.[0]
  if (code)
    return failed(
      'app',
      `${url} answers HTTP ${response.status} (${code}).`,
      `See ${code} in docs/errors.md, and the log of the app`,
    )
  const fix =
    'Check that the app calls app.use(relyingParty(…)), that options.baseUrl (BASE_URL) has the path under which it is mounted, and that the proxy in front of it passes requests on'
  return failed('app', `${url} answers HTTP ${response.status} instead of a redirect to the provider.`, fix)
}

/** The command line and the app must use the same store. */
async function checkSameClient(settings: Settings, { searchParams }: URL): Promise<Finding[]> {
  const inUse = searchParams.get('client_id')
  const expected = settings.client?.clientId ?? (await readClientRecord(settings)).record.current?.clientId
  if (expected === inUse || expected === undefined) return []
  const sentence = `The app uses client ${inUse}, but the record here is for client ${expected}: the app has another store or another name.`
  return [
    warning(
      'app',
      sentence,
      'Use the same options.store (OIDC_STORE) and options.name (OIDC_NAME) here and in the app',
    ),
  ]
}

/** RFC 6265bis §4.1.3.2: a browser drops a `__Host-` cookie that does not have the attributes of one. */
function checkCookies(settings: Settings, response: Response): Finding[] {
  const cookies = response.headers.getSetCookie()
  const own = cookies.find(cookie => cookie.startsWith(cookieName('oidc.', settings.secure)))
  const others = cookies.filter(cookie => !/^(__Host-)?oidc\./.test(cookie) && !/;\s*secure/i.test(cookie))
  const insecure = settings.secure && others[0] !== undefined ? [insecureCookie(others[0])] : []
  if (own && (!settings.secure || /;\s*secure/i.test(own)))
    return [
      passed(
        'cookies',
        settings.secure
          ? 'The sign-in cookie has the prefix __Host- and is Secure.'
          : 'The sign-in cookie is sent; http on this machine does not need Secure.',
      ),
      ...insecure,
    ]
  const sentence = `The app sent no cookie ${cookieName('oidc.…', settings.secure)}${settings.secure ? ' with Secure' : ''}, so no sign-in can be completed.`
  return [
    failed(
      'cookies',
      sentence,
      'Set options.baseUrl (BASE_URL) to the https address of the app, and check that the proxy does not change Set-Cookie',
    ),
    ...insecure,
  ]
}

function insecureCookie(cookie: string): Finding {
  const name = cookie.slice(0, cookie.indexOf('='))
  return failed(
    'cookies',
    `The app sends the cookie ${name} without Secure over https.`,
    'Use session({ cookie: { secure: true } }), and app.set("trust proxy", 1) behind a proxy that terminates TLS',
  )
}

/** What cannot be checked from outside before a user signs in. */
function sessionAdvice({ secure }: Settings): Finding[] {
  if (!secure) return []
  const sentence =
    'The cookie of express-session cannot be checked before a sign-in. With https it needs cookie: { secure: true }, and behind a proxy that terminates TLS also app.set("trust proxy", 1); otherwise it is not sent.'
  return [skipped('session', sentence)]
}
