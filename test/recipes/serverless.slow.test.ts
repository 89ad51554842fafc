import { createClient } from 'redis'
import { describe, expect, onTestFinished } from 'vitest'
import { Browser } from '../support/browser.ts'
import { codeOf, test } from '../support/flow.ts'
import { logoutToken, postLogout } from '../support/logout/tokens.ts'
import { redisIsMissing, startRedis } from '../support/processes/redis-server.ts'
import { type FunctionPlatform, functionPlatform } from '../support/recipes/function-platform.ts'
import { saveFiles } from '../support/recipes/recipe.ts'

const page = 'docs/recipes/serverless.md'

interface Changes {
  readonly lifetime?: 'one-request' | 'frozen'
  readonly change?: (code: string) => string
}

/** The app of the page on a platform for functions, with a Redis of its own. */
async function stage(
  issuer: string,
  { lifetime = 'one-request', change }: Changes = {},
): Promise<FunctionPlatform> {
  const redis = await startRedis()
  onTestFinished(redis.remove)
  const url = `redis://127.0.0.1:${redis.port}`
  const env = {
    ISSUER_BASE_URL: issuer,
    REDIS_URL: url,
    SESSION_SECRET: 'a secret of the functions',
    NODE_ENV: 'production',
  }
  const operator = await createClient({ url }).connect()
  onTestFinished(() => operator.destroy())
  const whileFrozen = () => operator.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
  return functionPlatform(await saveFiles(page, change), { lifetime, env, whileFrozen })
}

/** Each request starts a process, which a busy machine takes seconds for. */
const patient = { timeout: 240_000 }

describe.skipIf(redisIsMissing())('the app, in a new process for each request', patient, () => {
  test('signs a user in and out, and obeys a logout token', async ({ provider, browser }) => {
    const app = await stage(provider.issuer)
    const profile = await browser.open(`${app.url}/profile`)
    expect([profile.status, profile.url], app.output()).toEqual([200, `${app.url}/profile`])
    expect(app.started()).toBe(3) // the page, the callback, the page again
    const left = await browser.post(`${app.url}/logout`, {})
    expect([left.url, left.text]).toEqual([`${app.url}/`, 'public'])
    expect(provider.requestsTo('endSession')).toHaveLength(1)

    const { sub } = JSON.parse((await browser.open(`${app.url}/profile`)).text)
    const told = await postLogout(app, await logoutToken(provider, { sub }))
    expect(told.status, app.output()).toBe(200)
    expect((await browser.open(`${app.url}/profile`, { follow: false })).status).toBe(303)
    expect(provider.requestsTo('register')).toHaveLength(1)
  })

  test('asks the provider nothing for a public page', async ({ provider, browser }) => {
    const app = await stage(provider.issuer)
    expect((await browser.open(`${app.url}/`)).text).toBe('public')
    expect(provider.requests).toEqual([])
  })

  test('registers once, however many processes start at the same moment', async ({ provider }) => {
    const app = await stage(provider.issuer, {
      change: code => code.replace("start: 'first-use',", "start: 'first-use', providerTimeout: 60,"),
    })
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => new Browser().open(`${app.url}/login`, { follow: false })),
    )
    expect(new Set(answers.map(({ status }) => status)), app.output()).toEqual(new Set([303]))
    expect(provider.requestsTo('register')).toHaveLength(1)
  })

  test('refuses to work without a shared store', async ({ provider, browser }) => {
    const app = await stage(provider.issuer, {
      change: code => code.replace('store: redisStore(redis),', ''),
    })
    await browser.open(`${app.url}/profile`)
    expect(app.output()).toContain('ERR_OIDC_STORE_NOT_SHARED')
  })

  test('forgets its users without a shared session store', async ({ provider, browser }) => {
    const app = await stage(provider.issuer, {
      change: code => code.replace('store: new RedisStore({ client: redis }),', ''),
    })
    await browser.open(`${app.url}/profile`)
    expect(codeOf(await browser.open(`${app.url}/profile`))).toBe('ERR_OIDC_SESSION_NOT_RETURNED')
  })
})

describe.skipIf(redisIsMissing())('the app, in a process that is frozen between two requests', () => {
  test('signs a user in and out, although its connections are gone each time', async ({
    provider,
    browser,
  }) => {
    const app = await stage(provider.issuer, { lifetime: 'frozen' })
    for (let count = 0; count < 3; count++) {
      const profile = await browser.open(`${app.url}/profile`)
      expect([profile.status, profile.url], app.output()).toEqual([200, `${app.url}/profile`])
      const left = await browser.post(`${app.url}/logout`, {})
      expect([left.url, left.text], app.output()).toEqual([`${app.url}/`, 'public'])
    }
    expect(app.started()).toBe(1)
  })
})
