import type { Settings } from '../../relying-party/options/settings.ts'
import { type CookieFault, whyWithheld } from '../../session/login/session-cookie.ts'
import type { SetupReport } from '../../session/setup-report.ts'
import { type AppAnswer, askSetup } from './ask-app.ts'
import { type Finding, failed, passed, skipped, warning } from './finding.ts'

const trust = "Use app.set('trust proxy', 1), and let the proxy send X-Forwarded-Proto"

/** Whether Express knows how browsers reach the app: express-session sends no `secure` cookie otherwise. */
export function checkProxy({ secure, baseUrl }: Settings, { arrivedBy }: SetupReport): Finding {
  if (!secure && arrivedBy === 'http')
    return passed('proxy', 'The request arrived by http, as options.baseUrl says.')
  if (!secure)
    return warning(
      'proxy',
      `The proxy says that browsers use https, but options.baseUrl is ${baseUrl}.`,
      'Set options.baseUrl, or BASE_URL, to the https address',
    )
  if (arrivedBy === 'tls') return passed('proxy', 'The request arrived by https.')
  if (arrivedBy === 'trusted')
    return passed('proxy', 'Express trusts the proxy, which says that browsers use https.')
  const sentence =
    arrivedBy === 'untrusted'
      ? 'The proxy says that browsers use https, but Express does not trust it, so that req.secure is false.'
      : 'The proxy that ends TLS does not send X-Forwarded-Proto: https, so that req.secure is false.'
  return warning('proxy', sentence, trust)
}

/** Whether the session cookie of a sign-in would reach the browser and come back, and to the same sessions. */
export async function checkSession(
  settings: Settings,
  answer: AppAnswer,
  report: SetupReport,
): Promise<Finding[]> {
  const fault = report.cookieFault ?? (await findSeparateStores(settings, report))
  if (fault) return [lost(fault)]
  const cookie = answer.headers.getSetCookie().find(header => /^[^=]+=s(%3A|:)/.test(header))
  if (cookie === undefined)
    return [
      lost({
        cause: 'express-session sets its cookie, but it does not arrive here',
        fix: 'Check that the proxy does not remove Set-Cookie',
      }),
    ]
  return checkReceived(settings, cookie)
}

function checkReceived(settings: Settings, header: string): Finding[] {
  const [pair = '', ...attributes] = header.split(';')
  const name = pair.slice(0, pair.indexOf('='))
  const received = readAttributes(attributes)
  const fault = whyWithheld({ cookie: received, wasSecure: true, signedInAt: 0 }, settings.baseUrl)
  if (fault)
    return [
      lost({
        cause: `the cookie ${name} arrives as "${attributes.join(';').trim()}", not as the app sent it: ${fault.cause}`,
        fix: 'Check how the proxy changes Set-Cookie',
      }),
    ]
  if (settings.secure && !received.secure)
    return [
      failed(
        'session',
        `The app sends the cookie ${name} without Secure over https.`,
        'Use session({ cookie: { secure: true } }), and app.set("trust proxy", 1) behind a proxy that terminates TLS',
      ),
    ]
  return [passed('session', `The session cookie ${name} reaches browsers and comes back.`)]
}

/** The attributes of a `Set-Cookie` that decide whether the cookie comes back (RFC 6265bis §5.7). */
function readAttributes(attributes: readonly string[]) {
  const found = new Map(
    attributes.map(attribute => {
      const [name = '', value = ''] = attribute.split('=')
      return [name.trim().toLowerCase(), value.trim()]
    }),
  )
  return {
    path: found.get('path'),
    secure: found.has('secure'),
    sameSite: found.get('samesite')?.toLowerCase(),
  }
}

/** How often the app is asked for the store of its sessions. Behind a balancer, several processes answer. */
const QUESTIONS = 6

/** Sessions in the memory of one of several processes are lost at the next request. */
async function findSeparateStores(
  settings: Settings,
  { sessionStore }: SetupReport,
): Promise<CookieFault | undefined> {
  const { baseUrl, routes } = settings
  const paths = [routes.callback, routes.login ?? routes.callback]
  const urls = Array.from({ length: QUESTIONS }, (_, index) => `${baseUrl}${paths[index % paths.length]}`)
  const answers = await Promise.all(urls.map(url => askSetup(settings, url).catch(() => undefined))) // fewer answers
  const stores = [sessionStore, ...answers.map(answer => answer?.report?.sessionStore)].filter(
    store => store !== undefined,
  )
  if (new Set(stores.map(({ id }) => id)).size < 2 || !stores.some(({ isInMemory }) => isInMemory))
    return undefined
  return {
    cause:
      "requests reach several session stores, and express-session's MemoryStore is only seen by one process",
    fix: 'Give every process of this app the same session store, such as connect-redis',
  }
}

function lost({ cause, fix }: CookieFault): Finding {
  return failed('session', `The session of a sign-in would not come back: ${cause}.`, fix)
}

/** What is said if the app cannot be asked. */
export function sessionUnknown({ secure }: Settings, reason: string): Finding {
  const needs = secure
    ? ' With https it needs cookie: { secure: true }, and behind a proxy that terminates TLS also app.set("trust proxy", 1); otherwise it is not sent.'
    : ''
  return skipped('session', `The cookie of express-session was not checked: ${reason}.${needs}`)
}
