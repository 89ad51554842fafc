import { inspect } from 'node:util'
import { describe, expect } from 'vitest'
import type { RelyingPartyOptions } from '../../src/index.ts'
import { type LiveApp, startLiveApp } from '../support/apps/live-app.ts'
import { type OpenedWebSocket, openWebSocket } from '../support/browser/web-socket.ts'
import type { Browser } from '../support/browser.ts'
import { test as base } from '../support/flow.ts'

type StartLive = (options?: RelyingPartyOptions) => Promise<LiveApp>

const test = base
  .extend('startLive', async ({ provider, onTestFinished }): Promise<StartLive> => {
    const apps: LiveApp[] = []
    onTestFinished(async () => void (await Promise.all(apps.map(app => app.close()))))
    return async (options = {}) => {
      const app = await startLiveApp({ issuer: provider.issuer, ...options } as RelyingPartyOptions)
      apps.push(app)
      return app
    }
  })
  .extend('live', ({ startLive }): Promise<LiveApp> => startLive())

/** Opens a WebSocket with the cookies of a browser, as a page of the app does unless another origin is given. */
async function connect(
  browser: Browser,
  { url }: LiveApp,
  headers: Readonly<Record<string, string>> = { origin: url },
): Promise<OpenedWebSocket> {
  return openWebSocket(`${url}/socket`, { cookie: await browser.jar.getCookieString(url), ...headers })
}

const signIn = (browser: Browser, { url }: LiveApp) => browser.open(`${url}/login`)

describe('a WebSocket', () => {
  test('opens for the user who is signed in, and nothing is written', async ({ live, browser }) => {
    await signIn(browser, live)
    live.sessions.calls.length = 0
    const socket = await connect(browser, live)
    expect(await socket.firstText).toBe('Una User')
    expect(live.sessions.calls).toEqual(['get'])
    socket.close()
  })

  test('is refused where nobody is signed in, and no session is made', async ({ live, browser }) => {
    expect(await (await connect(browser, live)).firstText).toBeUndefined()
    await browser.jar.setCookie('connect.sid=s%3Amade-up.signature; Path=/', live.url)
    expect(await (await connect(browser, live)).firstText).toBeUndefined()
    expect(live.outcomes).toEqual(['nobody', 'nobody'])
    expect(live.sessions.calls).toEqual([])
  })

  test('opens while the provider is away', async ({ live, provider, browser }) => {
    await signIn(browser, live)
    await provider.stop()
    expect(await (await connect(browser, live)).firstText).toBe('Una User')
  })

  test.for(['https://other.example', 'null', 'HOST.other.example', 'https://localhost'])(
    'is refused to a page of another site, and opens for the own: %s',
    async (origin, { live, browser }) => {
      await signIn(browser, live)
      live.sessions.calls.length = 0
      const foreign = await connect(browser, live, { origin: origin.replace('HOST', live.url) })
      expect(await foreign.firstText).toBeUndefined()
      expect(live.outcomes).toEqual(['ERR_OIDC_ORIGIN_REFUSED'])
      expect(live.sessions.calls).toEqual([])
      expect(await (await connect(browser, live)).firstText).toBe('Una User')
    },
  )

  test('opens for a page that is allowed, and for a client that is no browser', async ({ live, browser }) => {
    await signIn(browser, live)
    live.options = { ...live.options, allowedOrigins: ['https://www.example'] }
    for (const headers of [{ origin: 'https://www.example' }, { origin: live.url }, {}]) {
      expect(await (await connect(browser, live, headers)).firstText).toBe('Una User')
    }
    const other = await connect(browser, live, { origin: 'https://www.example.evil.example' })
    expect(await other.firstText).toBeUndefined()
  })

  test.for(['fails', 'hangs', 'is disconnected'] as const)(
    'is refused with a code while the session store %s, and opens afterwards',
    async (trouble, { live, browser }) => {
      await signIn(browser, live)
      if (trouble === 'is disconnected') live.sessions.emit('disconnect')
      else live.sessions.trouble = trouble
      expect(await (await connect(browser, live)).firstText).toBeUndefined()
      expect(live.outcomes).toEqual(['ERR_OIDC_SESSION_UNAVAILABLE'])
      live.sessions.emit('connect')
      live.sessions.trouble = 'none'
      expect(await (await connect(browser, live)).firstText).toBe('Una User')
    },
  )

  test('is refused with a code where the app forgot to hand in its sessions', async ({ live, browser }) => {
    await signIn(browser, live)
    live.options = {}
    expect(await (await connect(browser, live)).firstText).toBeUndefined()
    expect(live.outcomes).toEqual(['ERR_OIDC_SESSION_MISSING'])
  })

  test('is closed when the login is over', async ({ startLive, browser }) => {
    const live = await startLive({ absoluteLifetime: 1 })
    await signIn(browser, live)
    const socket = await connect(browser, live)
    expect(await socket.firstText).toBe('Una User')
    expect(await socket.closed).toBe(4_001)
    expect(await (await connect(browser, live)).firstText).toBeUndefined()
    expect(live.outcomes).toEqual(['Una User', 'nobody'])
  })

  test.for([
    ['the user signs out', (browser: Browser, url: string) => browser.open(`${url}/logout`)],
    ['the user signs in again', (browser: Browser, url: string) => browser.open(`${url}/login`)],
  ] as const)('is closed when %s, and those of others stay', async ([, act], { live, browser }) => {
    const other = new (browser.constructor as typeof Browser)()
    await signIn(browser, live)
    await signIn(other, live)
    const [own, second, foreign] = await Promise.all([
      connect(browser, live),
      connect(browser, live),
      connect(other, live),
    ])
    expect(await Promise.all([own, second, foreign].map(({ firstText }) => firstText))).toEqual(
      Array(3).fill('Una User'),
    )
    await act(browser, live.url)
    expect([await own.closed, await second.closed]).toEqual([4_001, 4_001])
    const still = await Promise.race([foreign.closed, fetch(live.url).then(() => 'open')])
    expect(still).toBe('open')
    foreign.close()
  })

  test('is closed when the relying party is', async ({ live, browser }) => {
    await signIn(browser, live)
    const socket = await connect(browser, live)
    expect(await socket.firstText).toBe('Una User')
    await live.auth.close()
    expect(await socket.closed).toBe(4_001)
  })
})

describe('an event stream', () => {
  test('tells the user, and ends with the login', async ({ live, browser }) => {
    await signIn(browser, live)
    const cookie = await browser.jar.getCookieString(live.url)
    const stream = await fetch(`${live.url}/events`, { headers: { cookie } })
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toBe('data: Una User\n\n')
    await browser.open(`${live.url}/logout`)
    expect((await reader?.read())?.value).toBe('data: bye\n\n')
    expect((await reader?.read())?.done).toBe(true)
  })

  test('answers 503 while the session store is disconnected', async ({ live }) => {
    await fetch(live.url)
    live.sessions.emit('disconnect')
    expect((await fetch(`${live.url}/events`)).status).toBe(503)
  })

  test('is refused to who is not signed in', async ({ live }) => {
    expect((await fetch(`${live.url}/events`)).status).toBe(401)
  })
})

test.for([
  [{ sessions: () => undefined }, 'sessions is not an option'],
  [{ session: 'connect.sid' }, 'session must be the express-session middleware that the app mounts'],
  [{ allowedOrigins: 'https://www.example' }, 'allowedOrigins must be an array of origins'],
  [{ allowedOrigins: ['https://www.example/'] }, 'allowedOrigins must be an array of origins'],
  [{ allowedOrigins: ['*'] }, 'allowedOrigins must be an array of origins'],
  ['connect.sid', 'must be an object'],
] as const)('refuses the options %j', async ([options, rule], { live, browser }) => {
  await signIn(browser, live)
  live.options = options as never
  expect(await (await connect(browser, live)).firstText).toBeUndefined()
  expect(live.outcomes).toEqual(['ERR_OIDC_INVALID_OPTION'])
  const refusal = await live.auth
    .authenticate({ headers: {} } as never, options as never)
    .catch(error => error)
  expect(inspect(refusal)).toContain(rule)
})
