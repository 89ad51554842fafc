import { readConfiguration } from '../../protocol/metadata/provider-metadata.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { readClientRecord } from '../../relying-party/record/client-record.ts'
import { cookieName } from '../../session/browser/cookies.ts'
import type { JsonObject } from '../../vocabulary/json.ts'
import { type AppAnswer, codeIn } from './ask-app.ts'
import type { CheckContext } from './check.ts'
import { type Finding, failed, passed, warning } from './finding.ts'

/** What the app answers when a sign-in starts: its redirect and its cookies show how it is set up. */
export async function checkLogin(context: CheckContext, answer: AppAnswer): Promise<readonly Finding[]> {
  const found = await checkAnswer(context, answer)
  if (found.some(({ state }) => state === 'failed')) return found
  return [...found, ...checkCookies(context.settings, answer)]
}

async function checkAnswer(context: CheckContext, answer: AppAnswer): Promise<Finding[]> {
  const { url, status, headers } = answer
  const target = URL.parse(headers.get('location') ?? '', url)
  if (status < 300 || status >= 400 || !target) return [refusalOf(answer)]
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
  const isAnother = settings.addresses.some(address => address.redirectUri === redirectUri)
  const fix = isAnother
    ? "Use app.set('trust proxy', 1), and let the proxy send X-Forwarded-Proto and the Host that browsers use"
    : 'Use the same options.baseUrl (BASE_URL) and options.routes.callback here and in the app'
  return [failed('app', sentence, fix)]
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
  const { authorizationEndpoint: endpoint } = readConfiguration({ ...document, ...settings.endpoints })
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint))
    return origin === new URL(settings.issuer).origin
  const expected = new URL(endpoint)
  return origin === expected.origin && pathname === expected.pathname
}

function refusalOf(answer: AppAnswer): Finding {
  const { url, status } = answer
  const code = codeIn(answer)
  if (code)
    return failed(
      'app',
      `${url} answers HTTP ${status} (${code}).`,
      code.startsWith('ERR_OIDC_SESSION_')
        ? `Mount express-session in front of relyingParty(), with a cookie.path that includes this address, and a store that is connected; see ${code} in docs/errors.md, and the log of the app`
        : `See ${code} in docs/errors.md, and the log of the app`,
    )
  const sentence = `${url} answers HTTP ${status} instead of a redirect to the provider.`
  return failed(
    'app',
    sentence,
    'Check what answers there before relyingParty() does, and the log of the app',
  )
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
function checkCookies(settings: Settings, { headers }: AppAnswer): Finding[] {
  const cookies = headers.getSetCookie()
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
