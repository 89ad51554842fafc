import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Browser } from '../support/browser.ts'
import { logoutToken, postLogout } from '../support/logout/tokens.ts'
import { ask, kill, startReplica } from '../support/long-soak/replicas.ts'
import { redisIsMissing, startRedis } from '../support/processes/redis-server.ts'
import { scriptedProvider } from '../support/scripted-provider.ts'
import { startBalancer } from '../support/soak/balancer.ts'

/** Milliseconds of load, and the megabytes that the app's process may use. */
const LOAD = process.env['FAULTS'] === 'full' ? 600_000 : 6_000
const HEAP = 64

describe.skipIf(redisIsMissing())('an app with a heap of 64 MB', () => {
  test('survives users, forged callbacks and large bodies at the same time', {
    timeout: LOAD + 120_000,
  }, async ({ onTestFinished }) => {
    const [redis, provider, balancer] = await Promise.all([startRedis(), scriptedProvider(), startBalancer()])
    const { issuer } = provider
    const url = balancer.url
    const task = { issuer, baseUrl: url, redis: redis.port, absoluteLifetime: 3_600 }
    const app = await startReplica(task, `--max-old-space-size=${HEAP}`)
    onTestFinished(async () => {
      await kill(app)
      await Promise.all([balancer.close(), provider.close()])
      await redis.remove()
    })
    balancer.targets.push(app.port)
    const before = await ask(app.child, 'measured', 'measure')

    const counts = { 'signed in': 0, forged: 0, large: 0, 'logout tokens': 0 }
    const over = performance.now() + LOAD
    const again = async (deed: keyof typeof counts, visit: () => Promise<boolean>): Promise<void> => {
      // A connection may be cut because its body was too large.
      while (performance.now() < over) if (await visit().catch(() => false)) counts[deed] += 1
    }
    const body = new URLSearchParams({ logout_token: 'x'.repeat(1_000_000) })
    await Promise.all([
      ...Array.from({ length: 8 }, () =>
        again('signed in', async () => (await new Browser().open(`${url}/private`)).status === 200),
      ),
      ...Array.from({ length: 4 }, () =>
        again('forged', async () => {
          const query = `code=${randomUUID()}&state=${randomUUID()}&pad=${'x'.repeat(8_000)}`
          return (await fetch(`${url}/callback?${query}`, { redirect: 'manual' })).status < 500
        }),
      ),
      ...Array.from({ length: 4 }, () =>
        again(
          'large',
          async () => (await fetch(`${url}/backchannel-logout`, { method: 'POST', body })).status < 500,
        ),
      ),
      again('logout tokens', async () => {
        const token = await logoutToken(provider, { sub: randomUUID(), jti: randomUUID() })
        return (await postLogout({ url }, token)).status === 200
      }),
    ])
    const after = await ask(app.child, 'measured', 'measure')
    console.log(counts, `heap before ${before.heap}, after ${after.heap}`)
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(0)
    expect(after.heap).toBeLessThan(HEAP * 1_048_576)
    expect((await new Browser().open(`${url}/`)).text).toBe('public')
  })
})
