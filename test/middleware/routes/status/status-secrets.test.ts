import { MemoryStore } from 'express-session'
import { describe, expect, vi } from 'vitest'
import { memoryStore } from '../../../../src/index.ts'
import {
  openStatus,
  type ReportedApp,
  readStatus,
  startReported,
} from '../../../support/apps/reported-app.ts'
import { Browser } from '../../../support/browser.ts'
import { until } from '../../../support/clock.ts'
import { expectSignIn, reachCallback, test } from '../../../support/flow.ts'
import { json, type ScriptedProvider, status } from '../../../support/scripted-provider.ts'
import { privateKeysIn, secretsOf } from '../../../support/secrets.ts'
import { breakable } from '../../../support/stores/breakable.ts'

const user = { sub: 'user-1', name: 'Zoe Quill', email: 'zoe@private.example' }
const ofUser = [...Object.values(user), 'private.example']

/** The JSON and the page, and that they report these errors. */
async function expectClean(
  app: ReportedApp,
  codes: readonly string[],
  secrets: readonly string[],
): Promise<void> {
  const shown = `${(await readStatus(app)).text}\n${(await openStatus(app, new Browser())).text}`
  const { process: own } = await app.report()
  expect(own.errors.map(({ code }) => code)).toEqual(codes)
  expect(secrets.filter(secret => secret.length > 3).length).toBe(secrets.length)
  expect(secrets.filter(secret => shown.includes(secret))).toEqual([])
}

/** Repeats in an error what the request has sent. */
function echo(
  provider: ScriptedProvider,
  endpoint: 'token' | 'client',
  code: number,
  ...more: readonly string[]
): void {
  provider.answer(endpoint, (request, response) => {
    const form = new URLSearchParams(request.body)
    const sent = ['code', 'code_verifier', 'client_assertion'].map(name => form.get(name))
    const bearer = request.headers.authorization?.slice(7)
    const error_description = [...sent, bearer, ...more].join(' ')
    void status(code, { error: 'invalid_request', error_description })(request, response)
  })
}

describe('the status contains no secret, and nothing of a user', () => {
  test('of an app at work', async ({ provider, start, directory, browser }) => {
    const tokens: string[] = []
    provider.user = user
    provider.tokenResponse = body => {
      tokens.push(String(body.access_token), String(body.id_token))
      return body
    }
    const app = await startReported(start, { directory })
    await expectSignIn({ app, browser })
    const cookies = (await browser.jar.getCookies(app.url)).map(({ value }) => decodeURIComponent(value))
    const keys = await privateKeysIn(directory)
    const secrets = [...secretsOf(provider), ...tokens, ...keys, ...cookies, ...ofUser]
    expect(secrets.length).toBeGreaterThanOrEqual(12)
    await expectClean(app, [], secrets)
  })

  test('after a code was refused in words that repeat the request', async ({ provider, start, browser }) => {
    const app = await startReported(start)
    echo(provider, 'token', 400, user.email, 'The account of Zoe Quill is locked')
    await browser.open((await reachCallback(browser, app)).href)
    await expectClean(app, ['ERR_OIDC_CODE_REFUSED'], [...secretsOf(provider), ...ofUser.slice(1)])
  })

  test('after the claims were about another user', async ({ provider, start, browser }) => {
    const app = await startReported(start)
    provider.answer('userinfo', json({ ...user, sub: 'another-user' }))
    await browser.open((await reachCallback(browser, app)).href)
    await expectClean(
      app,
      ['ERR_OIDC_USER_INFO_INVALID'],
      [...secretsOf(provider), 'another-user', ...ofUser.slice(1)],
    )
  })

  test('after a registration with an unusable answer', async ({ provider, start }) => {
    const secrets = ['the-initial-access-token', 'the-client-secret-1', 'the-registration-token-1']
    const [initialAccessToken = '', client_secret, registration_access_token] = secrets
    provider.answer('register', json({ client_id: '', client_secret, registration_access_token }))
    const app = await startReported(start, { relyingParty: { initialAccessToken } })
    await until(() => app.rp.status().state === 'failing')
    await expectClean(app, ['ERR_OIDC_REGISTRATION_REFUSED'], secrets)
  })

  test('after maintenance failed in words that repeat the request', async ({
    provider,
    start,
    directory,
  }) => {
    const relyingParty = { rereadEvery: 0.03, rotateEvery: 0.05 }
    const app = await startReported(start, { directory, relyingParty })
    await app.rp.ready()
    echo(provider, 'client', 500)
    await until(() => app.rp.status().lastError !== undefined)
    await app.rp.close()
    const secrets = [...secretsOf(provider), ...(await privateKeysIn(directory))]
    await expectClean(app, ['ERR_OIDC_PROVIDER_UNAVAILABLE'], secrets)
  })

  test('after stores failed in words that name their password', async ({ start, browser }) => {
    const { store, breakWith } = breakable(memoryStore())
    const sessions = new MemoryStore()
    const app = await startReported(start, { relyingParty: { store }, session: { store: sessions } })
    await expectSignIn({ app, browser })
    const failure = new Error(
      'cannot connect to redis://default:hunter22@cache.example:6379 for zoe@private.example',
    )
    breakWith(() => Promise.reject(failure))
    vi.spyOn(sessions, 'get').mockImplementation((_id, done) => done(failure))
    const { stores } = (await app.report()).process
    expect([stores.records.reason, stores.sessions.reason]).toEqual([
      expect.stringContaining('cannot connect to'),
      expect.stringContaining('cannot connect to'),
    ])
    await expectClean(app, [], ['hunter22', 'default:', ...ofUser.slice(2)])
  })
})
