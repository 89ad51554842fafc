import { inspect } from 'node:util'
import type {} from 'express-session'
import { describe, expect } from 'vitest'
import type { LoginDetails, RelyingPartyOptions } from '../../../../src/index.ts'
import { hurry } from '../../../support/clock.ts'
import { expectRefusal, expectSignIn, locationOf, reachCallback, test } from '../../../support/flow.ts'
import { silently } from '../../../support/sign-in/silent-provider.ts'
import { CountingStore } from '../../../support/tokens/user-info.ts'
import { toldEvents } from '../../../support/told-events.ts'

declare module 'express-session' {
  interface SessionData {
    visits?: number
  }
}

const REFUSED = [403, 'ERR_OIDC_LOGIN_REFUSED'] as const
const UNDECIDED = [500, 'ERR_OIDC_LOGIN_UNDECIDED'] as const

const failing = (): never => {
  throw new Error('the database is away')
}
const rejecting = async (): Promise<never> => failing()
const never = (): Promise<never> => new Promise(() => {})

/** Ways in which a hook of the app goes wrong. */
const faults = [
  ['throws', failing],
  ['rejects', rejecting],
  ['throws what is no error', () => Promise.reject('canary' as unknown as Error)],
  ['never ends', never],
] as const

describe('onLogin', () => {
  test('is told of the login when its session is saved, without tokens', async ({
    provider,
    start,
    browser,
  }) => {
    const sessions = new CountingStore()
    const told: [LoginDetails, number, string][] = []
    const relyingParty: RelyingPartyOptions = {
      onLogin: (login, req) => void told.push([login, sessions.writes, req.path]),
    }
    const secrets: unknown[] = []
    provider.tokenResponse = body => {
      secrets.push(body.access_token, body.id_token)
      return body
    }
    const app = await start({ relyingParty, session: { store: sessions } })
    await expectSignIn({ app, browser })
    expect(told).toHaveLength(1)
    const [login, writes, path] = told[0] ?? []
    expect([writes, path]).toEqual([1, '/callback'])
    expect(login).toEqual({
      id: expect.any(String),
      issuer: provider.issuer,
      clientId: [...provider.clients.keys()][0],
      scope: 'openid profile email',
      claims: expect.objectContaining({ sub: 'user-1', nonce: expect.any(String) }),
      user: await app.userOf(browser),
      unsignedFields: {},
    })
    expect([login, login?.claims, login?.user, login?.unsignedFields].every(Object.isFrozen)).toBe(true)
    expect(secrets).toHaveLength(2)
    for (const secret of secrets) expect(inspect(told, { depth: 9 })).not.toContain(secret)
  })

  test('may put something into the session', async ({ start, browser }) => {
    const app = await start({
      relyingParty: {
        onLogin: async (_login, req) => {
          req.session.visits = (req.session.visits ?? 0) + 1
        },
      },
      after: app => void app.get('/visits', (req, res) => void res.json(req.session.visits ?? null)),
    })
    await expectSignIn({ app, browser })
    expect((await browser.open(`${app.url}/visits`)).text).toBe('1')
  })

  test.for(faults)('that %s breaks nothing, and is told', async ([, onLogin], { start, browser }) => {
    const events = toldEvents()
    const app = await start({ relyingParty: { onLogin } })
    await app.rp.ready()
    hurry()
    await expectSignIn({ app, browser })
    const failed = events.filter(({ name }) => name === 'hook.failed')
    expect(failed).toMatchObject([{ message: { hook: 'onLogin', error: expect.any(Error) } }])
    expect(app.log.filter(line => line.startsWith('options.onLogin failed'))).toHaveLength(1)
    expect(app.log.join()).not.toContain('canary')
  })
})

describe('onLogout', () => {
  test('is told of the login that was ended, and of no other', async ({ start, browser }) => {
    const told: string[] = []
    const app = await start({
      relyingParty: { onLogout: ({ user }, req) => void told.push(`${user.sub} ${req.user?.sub}`) },
    })
    await browser.open(`${app.url}/logout`)
    expect(told).toEqual([])
    await expectSignIn({ app, browser })
    await browser.open(`${app.url}/logout`)
    expect(told).toEqual(['user-1 user-1'])
    expect(await app.userOf(browser)).toBeNull()
  })

  test.for(faults)(
    'that %s breaks nothing, and is told',
    async ([, onLogout], { provider, start, browser }) => {
      const events = toldEvents()
      const app = await start({ relyingParty: { onLogout } })
      await app.rp.ready()
      hurry()
      await expectSignIn({ app, browser })
      const page = await browser.open(`${app.url}/logout`, { follow: false })
      expect([page.status, locationOf(page).origin]).toEqual([303, new URL(provider.issuer).origin])
      expect(await app.userOf(browser)).toBeNull()
      expect(events.filter(({ name }) => name === 'hook.failed')).toHaveLength(1)
    },
  )
})

describe('acceptLogin', () => {
  const answers = [
    ['answers false', () => false, REFUSED],
    ['answers nothing', () => undefined, REFUSED],
    ['answers yes', () => 'yes', REFUSED],
    ['answers a promise of false', async () => false, REFUSED],
    ...faults.map(([how, hook]) => [how, hook, UNDECIDED] as const),
  ] as const

  test.for(answers)(
    'that %s lets nobody in, and keeps nothing',
    async ([, hook, refusal], { provider, start, browser }) => {
      const sessions = new CountingStore()
      const acceptLogin = hook as unknown as () => boolean
      const app = await start({ relyingParty: { acceptLogin }, session: { store: sessions } })
      await app.rp.ready()
      hurry()
      await expectRefusal(await browser.open(`${app.url}/private`), refusal, { app, browser })
      expect([sessions.writes, provider.requestsTo('token').length]).toEqual([0, 1])
    },
  )

  test('lets in whom it wants, and leaves the login that is there', async ({ provider, start, browser }) => {
    const app = await start({ relyingParty: { acceptLogin: async ({ user }) => user.sub === 'user-1' } })
    await expectSignIn({ app, browser })
    provider.user = { sub: 'user-2', name: 'Somebody Else' }
    const callback = await reachCallback(browser, app, '/login')
    const page = await browser.open(callback.href)
    expect([page.status, page.text.includes('You may not sign in')]).toEqual([403, true])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })

  test('ends a silent sign-in without an error page', async ({ provider, start, browser }) => {
    silently(provider, undefined)
    const app = await start({
      relyingParty: { acceptLogin: failing },
      after: app =>
        void app.get('/silent', (req, _res, next) => {
          req.oidc.login({ authorizationParameters: { prompt: 'none' } }).catch(next)
        }),
    })
    const page = await browser.open(`${app.url}/silent`)
    expect([page.status, page.url, await app.userOf(browser)]).toEqual([200, `${app.url}/`, null])
  })
})
