import session, { type CookieOptions, MemoryStore, type SessionOptions } from 'express-session'
import { Cookie } from 'tough-cookie'
import type { TestAppOptions } from '../app.ts'
import type { Browser } from '../browser.ts'

/** A way to lose the session of a sign-in. */
export interface Loss {
  readonly wrong: string
  readonly options: TestAppOptions
  readonly headers?: Readonly<Record<string, string>>
  /** What the browser does before it signs in. */
  readonly prepare?: (browser: Browser, url: string) => unknown
  readonly redirects: number
  readonly status: number
  readonly code: string
  /** What the log names. */
  readonly cause: string
}

const NOT_RETURNED = { status: 500, code: 'ERR_OIDC_SESSION_NOT_RETURNED' }

/** Known at the callback: the browser is sent to the provider once, and stops there. */
const atOnce = { ...NOT_RETURNED, redirects: 2 }
/** Noticed where the second round would begin. */
const secondRound = { ...NOT_RETURNED, redirects: 3 }

const withCookie = (cookie: CookieOptions): TestAppOptions => ({
  session: { cookie: { path: '/', ...cookie } } as Partial<SessionOptions>,
})

const SECRETS = ['the secret of one process', 'the secret of another process'] as const

/** Two processes of one app behind a balancer: one gets the callbacks, the other the rest. */
function twoProcesses(options: readonly [Partial<SessionOptions>, Partial<SessionOptions>]): TestAppOptions {
  const [one, other] = options.map((own, index) =>
    session({ secret: SECRETS[index] ?? '', resave: false, saveUninitialized: false, ...own }),
  )
  return {
    session: false,
    before: app => {
      if (one && other) app.use('/callback', one).use(other)
    },
  }
}

const secret = SECRETS[0]
const store = new MemoryStore()

/** Keeps a browser from keeping cookies, all or those whose header says this. */
function refuse(browser: Browser, text = ''): void {
  const accept = browser.jar.setCookie.bind(browser.jar)
  Object.assign(browser.jar, {
    setCookie: async (line: string, url: string) =>
      String(line).includes(text) ? undefined : await accept(line, url, { ignoreError: true }),
  })
}

export const losses: readonly Loss[] = [
  {
    wrong: 'cookie.secure without https',
    options: withCookie({ secure: true }),
    ...atOnce,
    cause: "set cookie.secure to 'auto'",
  },
  {
    wrong: 'cookie.secure behind a proxy that says https, without trust proxy',
    options: withCookie({ secure: true }),
    headers: { 'x-forwarded-proto': 'https' },
    ...secondRound,
    cause: "Set app.set('trust proxy', 1).",
  },
  {
    wrong: 'cookie.domain of another host',
    options: withCookie({ domain: 'shop.example' }),
    ...atOnce,
    cause: 'cookie.domain is shop.example, which does not include the host localhost of baseUrl',
  },
  {
    wrong: 'cookie.path that express-session takes and the browser does not',
    options: { relyingParty: { routes: { callback: '/p-callback' } }, ...withCookie({ path: '/p' }) },
    ...secondRound,
    cause: 'cookie.path is /p',
  },
  {
    wrong: 'cookie.path that covers only the callback',
    options: { ...withCookie({ path: '/callback' }) },
    redirects: 0,
    status: 500,
    code: 'ERR_OIDC_SESSION_MISSING',
    cause: 'its cookie.path must include this address',
  },
  {
    wrong: "cookie.sameSite: 'strict'",
    options: withCookie({ sameSite: 'strict' }),
    ...secondRound,
    cause: "cookie.sameSite is 'strict'",
  },
  {
    wrong: "cookie.sameSite: 'none' without secure",
    options: withCookie({ sameSite: 'none' }),
    prepare: browser => refuse(browser, 'SameSite=None'),
    ...secondRound,
    cause: "cookie.sameSite is 'none' without cookie.secure",
  },
  {
    wrong: 'cookie.maxAge in seconds instead of milliseconds',
    options: withCookie({ maxAge: 1 }),
    ...secondRound,
    cause: 'cookie.maxAge is only 1 ms',
  },
  {
    wrong: 'two cookies of one name',
    options: {},
    prepare: (browser, url) =>
      browser.jar.setCookie(
        new Cookie({ key: 'connect.sid', value: 's%3Aold.old', path: '/private' }),
        `${url}/private`,
      ),
    ...secondRound,
    cause: 'the browser sends several cookies named connect.sid',
  },
  {
    wrong: 'two processes, each with sessions in its own memory',
    options: twoProcesses([{ secret }, { secret }]),
    ...secondRound,
    cause: 'Give every process of this app the same session store',
  },
  {
    wrong: 'two processes with different secrets',
    options: twoProcesses([{ store }, { store }]),
    ...secondRound,
    cause: 'Give every process of this app the same secret',
  },
  {
    wrong: 'a proxy that removes the session cookie',
    options: {},
    prepare: browser => refuse(browser, 'connect.sid'),
    ...secondRound,
    cause: 'the browser did not send its cookie',
  },
  {
    wrong: 'cookies disabled in the browser',
    options: {},
    prepare: browser => refuse(browser),
    redirects: 4,
    status: 400,
    code: 'ERR_OIDC_TRANSACTION_LOST',
    cause: 'the browser sent no cookies',
  },
]
