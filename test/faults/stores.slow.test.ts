import { Pool } from 'pg'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { Browser } from '../support/browser.ts'
import { startFaultProxy } from '../support/faults/fault-proxy.ts'
import { postgresApp, redisApp } from '../support/faults/shared-app.ts'
import { codeOf, expectSignIn, reachCallback, test } from '../support/flow.ts'
import { logOut, logoutToken, postLogout, visit } from '../support/logout.ts'
import { postgresIsMissing, startPostgres } from '../support/processes/postgres-server.ts'
import { redisIsMissing, startRedis } from '../support/processes/redis-server.ts'
import type { Service } from '../support/processes/service.ts'
import type { ScriptedProvider } from '../support/scripted-provider.ts'

/** What cannot be written is refused, and what is known goes on; once it can be written again, all works without a restart. */
async function expectReadOnly(
  app: TestApp,
  provider: ScriptedProvider,
  refuse: () => Promise<unknown>,
  allow: () => Promise<unknown>,
): Promise<void> {
  const [visitor, other] = [await visit(app), await visit(app)]
  const browser = new Browser()
  const callback = await reachCallback(browser, app)
  const cookies = await browser.cookies(app.url)
  const registered = provider.requestsTo('register').length
  await refuse()
  const page = await browser.open(callback.href, { follow: false })
  expect([page.status, codeOf(page)]).toEqual([503, expect.stringMatching(/_(STORE|SESSION)_UNAVAILABLE$/)])
  expect(await app.userOf(browser)).toBeNull()
  expect(await browser.cookies(app.url)).toEqual(cookies)
  expect((await visitor.browser.open(`${app.url}/private`, { follow: false })).status).toBe(200)
  const token = await logoutToken(provider, { sid: visitor.sid })
  const early = await postLogout(app, token)
  expect([early.status, early.headers.get('retry-after')]).toEqual([503, '5'])
  const left = await other.browser.post(`${app.url}/logout`, {}, { follow: false })
  expect([left.status, codeOf(left)]).toEqual([503, 'ERR_OIDC_LOGOUT_INCOMPLETE'])
  await allow()
  await expect.poll(() => postLogout(app, token).then(({ status }) => status)).toBe(200)
  expect(await app.userOf(visitor.browser)).toBeNull()
  await expectSignIn({ app, browser })
  await expectSignIn({ app, browser: other.browser })
  expect(provider.requestsTo('register')).toHaveLength(registered)
}

const connectTo = ({ port }: Service) =>
  createClient({ socket: { host: '127.0.0.1', port } })
    .on('error', () => undefined)
    .connect()

describe.skipIf(redisIsMissing())('a Redis', () => {
  let redis: Service
  let admin: Awaited<ReturnType<typeof connectTo>>
  beforeAll(async () => {
    redis = await startRedis()
    admin = await connectTo(redis)
  })
  afterAll(async () => {
    admin.destroy()
    await redis.remove()
  })

  const set = (name: string, value: string) => () => admin.configSet(name, value)

  test.for([
    ['whose memory is full', set('maxmemory', '1'), set('maxmemory', '0')],
    [
      'that wants more replicas than it has',
      set('min-replicas-to-write', '1'),
      set('min-replicas-to-write', '0'),
    ],
    [
      'that has become a replica',
      () => admin.sendCommand(['REPLICAOF', '127.0.0.1', '1']),
      () => admin.sendCommand(['REPLICAOF', 'NO', 'ONE']),
    ],
  ] as const)(
    '%s loses nothing, and is used again without a restart',
    async ([, refuse, allow], { provider, start, onTestFinished }) => {
      await admin.flushAll()
      await admin.configSet('maxmemory-policy', 'noeviction')
      const { options, close } = redisApp(redis.port)
      onTestFinished(close)
      await expectReadOnly(await start(options), provider, refuse, allow)
    },
  )

  test('that fails over and loses its last writes costs those who signed in then a sign-in, and nobody else', async ({
    provider,
    start,
    onTestFinished,
  }) => {
    await admin.flushAll()
    const replica = await startRedis('--replicaof', '127.0.0.1', String(redis.port))
    onTestFinished(() => replica.remove())
    const promoted = await connectTo(replica)
    onTestFinished(() => promoted.destroy())
    await expect.poll(() => promoted.info('replication')).toContain('master_link_status:up')
    const target = { port: redis.port }
    const proxy = await startFaultProxy({ to: () => target.port, hugeStart: '' })
    onTestFinished(() => proxy.close())
    const { options, close } = redisApp(proxy.port)
    onTestFinished(close)

    const app = await start(options)
    const early = await visit(app)
    await admin.sendCommand(['WAIT', '1', '5000'])
    await promoted.sendCommand(['REPLICAOF', 'NO', 'ONE']) // from here on, it misses what is written
    const late = await visit(app)
    await proxy.disturb('refuse')
    target.port = replica.port
    await proxy.disturb(undefined)

    await expect.poll(async () => (await late.browser.open(`${app.url}/me`)).status).toBe(200)
    expect(await app.userOf(late.browser)).toBeNull()
    expect(await app.userOf(early.browser)).toMatchObject({ sub: 'user-1' })
    await expectSignIn({ app, browser: late.browser })
    expect(await logOut(provider, app, { sid: early.sid })).toBe(200)
    expect(await app.userOf(early.browser)).toBeNull()
    expect(await app.userOf(late.browser)).toMatchObject({ sub: 'user-1' })
    expect(provider.requestsTo('register')).toHaveLength(1)
  })
})

describe.skipIf(postgresIsMissing())('a PostgreSQL', () => {
  test('that takes no writes loses nothing, and is used again without a restart', async ({
    provider,
    start,
    onTestFinished,
  }) => {
    const postgres = await startPostgres()
    onTestFinished(() => postgres.remove())
    const admin = new Pool({ host: '127.0.0.1', port: postgres.port, user: 'postgres', max: 1 })
    onTestFinished(() => admin.end())
    const { options, close } = postgresApp(postgres.port)
    onTestFinished(close)
    const set = (value: string) => async () => {
      await admin.query(`alter system set default_transaction_read_only = ${value}`)
      await admin.query('select pg_reload_conf()')
      await expect
        .poll(async () => (await admin.query('show default_transaction_read_only')).rows)
        .toEqual([{ default_transaction_read_only: value }])
    }
    await expectReadOnly(await start(options), provider, set('on'), set('off'))
  })
})
