import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startApp, type TestApp } from '../../support/app.ts'
import { Browser, signIn } from '../../support/browser.ts'
import { forkChild } from '../../support/processes/forked-child.ts'
import { redisIsMissing, startRedis } from '../../support/processes/redis-server.ts'
import type { Service } from '../../support/processes/service.ts'
import { countBy } from '../../support/soak/exchanges.ts'
import { redisSessions } from '../../support/soak/redis-sessions.ts'
import { type OpenMedium, openMedium } from '../../support/stores/media.ts'
import type { RefreshTask } from '../../support/tokens/refresh-child.ts'
import { type RefreshProvider, startRefreshProvider } from '../../support/tokens/refresh-provider.ts'
import type { TokenAnswer } from '../../support/tokens/token-routes.ts'

const PROCESSES = 4
const REQUESTS = 1_000

describe.skipIf(redisIsMissing())(
  `${REQUESTS} requests with an expired token at ${PROCESSES} processes`,
  () => {
    let provider: RefreshProvider
    let redis: Service
    let medium: OpenMedium
    let sessions: Awaited<ReturnType<typeof redisSessions>>
    let front: TestApp
    let cookie: string
    const processes = new Map<string, ChildProcess>()

    beforeEach(async () => {
      ;[provider, redis] = await Promise.all([startRefreshProvider(), startRedis()])
      medium = await openMedium({ kind: 'redis', place: String(redis.port) })
      sessions = await redisSessions(redis.port)
      front = await startApp(provider.issuer, {
        directory: '',
        session: { store: sessions.store },
        relyingParty: {
          name: 'app',
          scope: 'openid offline_access',
          store: medium.store('refresh'),
          authorizationParameters: { prompt: 'consent' },
        },
      })
      await front.rp.ready()
      const task: RefreshTask = { issuer: provider.issuer, baseUrl: front.url, redis: redis.port }
      await Promise.all(Array.from({ length: PROCESSES }, () => startOne(task)))
      const browser = new Browser()
      await signIn(browser, `${front.url}/private`)
      expect(await front.userOf(browser)).toMatchObject({ sub: 'alice' })
      cookie = await browser.jar.getCookieString(front.url)
      await pause(1_050) // the life of the first access token
    }, 60_000)

    afterEach(async () => {
      for (const child of processes.values()) child.kill('SIGKILL')
      processes.clear()
      await Promise.all([front.close(), provider.close(), medium.close()])
      sessions.close()
      await redis.remove()
    })

    async function startOne(task: RefreshTask): Promise<void> {
      let url = ''
      const child = await forkChild<string>('tokens/refresh-child.ts', task, told => {
        url = told
      })
      processes.set(url, child)
    }

    /** As behind a load balancer: what a process that died did not answer goes to another one. */
    async function ask(index: number): Promise<TokenAnswer> {
      const urls = [...processes.keys()]
      try {
        const response = await fetch(`${urls[index % urls.length]}/token`, { headers: { cookie } })
        return (await response.json()) as TokenAnswer
      } catch (error) {
        if (processes.size === PROCESSES) throw error
        return ask(index + 1)
      }
    }

    const askAll = (): Promise<TokenAnswer[]> =>
      Promise.all(Array.from({ length: REQUESTS }, (_, index) => ask(index)))

    /** Kills the process that a request of the provider came from. */
    async function kill(pid: unknown): Promise<void> {
      for (const [url, child] of processes) {
        if (String(child.pid) !== pid) continue
        processes.delete(url)
        const exit = once(child, 'exit')
        child.kill('SIGKILL')
        await exit
      }
    }

    function expectOneToken(answers: readonly TokenAnswer[]): void {
      expect(answers.filter(({ status }) => status !== 200)).toEqual([])
      expect(new Set(answers.map(({ token }) => token)).size).toBe(1)
    }

    function report(what: string, begun: number): void {
      const { granted, refused } = provider.refreshes()
      const seconds = ((performance.now() - begun) / 1_000).toFixed(1)
      console.log(
        `Refresh race, ${what}: ${REQUESTS} requests, ${PROCESSES} processes, ${granted + refused} token requests, ${refused} refused; ${seconds} s.`,
      )
    }

    test('make one token request, and all get its token', async () => {
      const begun = performance.now()
      expectOneToken(await askAll())
      report('usual', begun)
      expect(provider.refreshes()).toEqual({ granted: 1, refused: 0 })
    })

    test('make one when it takes longer than the lease', async () => {
      provider.gates.before = () => pause(4_500)
      provider.gates.keys = () => pause(4_500)
      const begun = performance.now()
      expectOneToken(await askAll())
      report('slower than the lease', begun)
      expect(performance.now() - begun).toBeGreaterThan(9_000)
      expect(provider.refreshes()).toEqual({ granted: 1, refused: 0 })
    })

    test('make one that succeeds when its process is killed before', async () => {
      provider.gates.before = async ctx => {
        delete provider.gates.before
        await kill(ctx.get('x-process'))
        await pause(50) // until its connection is closed
      }
      const begun = performance.now()
      expectOneToken(await askAll())
      report('the holder killed before the provider looked', begun)
      expect(processes.size).toBe(PROCESSES - 1)
      expect(provider.refreshes()).toEqual({ granted: 1, refused: 0 })
    })

    test('end the login when its process is killed after it', async () => {
      provider.gates.after = async ctx => {
        delete provider.gates.after
        await kill(ctx.get('x-process'))
      }
      const begun = performance.now()
      const answers = await askAll()
      report('the holder killed after the provider had answered', begun)
      expect(countBy(answers.map(({ status, error }) => error ?? String(status)))).toEqual(
        new Map([['ERR_OIDC_LOGIN_ENDED', REQUESTS]]),
      )
      expect(provider.refreshes()).toEqual({ granted: 1, refused: 1 })
      const [url] = processes.keys()
      const me = await fetch(`${url}/me`, { headers: { cookie } })
      expect(await me.json()).toBeNull()
    })
  },
)
