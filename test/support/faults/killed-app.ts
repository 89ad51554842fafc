import { setTimeout as pause } from 'node:timers/promises'
import { Browser, type Page } from '../browser.ts'
import { locationOf } from '../flow.ts'
import { logoutToken, postLogout } from '../logout/tokens.ts'
import { kill, type Replica, startReplica } from '../long-soak/replicas.ts'
import type { Service } from '../processes/service.ts'
import { type ScriptedProvider, scriptedProvider } from '../scripted-provider.ts'
import { type Balancer, startBalancer } from '../soak/balancer.ts'
import { refreshesAt } from '../tokens/token-flow.ts'

/** During what an app is killed. */
export const deeds = ['sign-in', 'refresh', 'logout', 'logout token'] as const
type Deed = (typeof deeds)[number]

/** An app of two processes, of which one is killed again and again. */
export interface KilledApp {
  /** Kills a process so many milliseconds after something has begun. Returns what is wrong afterwards. */
  readonly killDuring: (deed: Deed, after: number) => Promise<string[]>
  /** Whether the process that was killed last had not answered. */
  readonly wasInTime: () => boolean
  readonly close: () => Promise<void>
}

/** Starts an app whose sessions and records are in one Redis. */
export async function startKilledApp({ port }: Service): Promise<KilledApp> {
  const [provider, balancer] = await Promise.all([scriptedProvider(), startBalancer()])
  const { issuer } = provider
  const task = { issuer, baseUrl: balancer.url, redis: port, absoluteLifetime: 3_600 }
  const survivor = await startReplica(task)
  let next = startReplica(task)
  let isCut = false
  const app: App = { provider, balancer, url: balancer.url }

  async function killDuring(deed: Deed, after: number): Promise<string[]> {
    const victim = await next
    next = startReplica(task) // while this one is killed
    direct(balancer, survivor)
    const { act, check } = await prepare[deed](app)
    direct(balancer, victim)
    const acted = act().catch(() => 0)
    await pause(after)
    await kill(victim)
    isCut = [0, 502].includes(await acted)
    direct(balancer, survivor)
    return (await check()).filter(wrong => wrong !== undefined)
  }

  return {
    killDuring,
    wasInTime: () => isCut,
    async close() {
      await Promise.all([kill(survivor), next.then(kill)])
      await Promise.all([provider.close(), balancer.close()])
    },
  }
}

function direct({ targets }: Balancer, { port }: Replica): void {
  targets.splice(0, targets.length, port)
}

interface App {
  readonly provider: ScriptedProvider
  readonly balancer: Balancer
  readonly url: string
}

interface Act {
  /** Returns the status of the answer. */
  readonly act: () => Promise<number>
  /** Returns what is wrong at the process that lives. */
  readonly check: () => Promise<(string | undefined)[]>
}

const prepare: Readonly<Record<Deed, (app: App) => Promise<Act>>> = {
  async 'sign-in'({ url, provider }) {
    const browser = new Browser()
    const start = await browser.open(`${url}/private`, { follow: false })
    const callback = locationOf(await browser.open(locationOf(start).href, { follow: false }))
    const code = String(callback.searchParams.get('code'))
    return {
      act: async () => (await browser.open(callback.href, { follow: false })).status,
      async check() {
        const page = await browser.open(callback.href)
        const uses = provider
          .requestsTo('token')
          .filter(({ body }) => new URLSearchParams(body).get('code') === code)
        return [isPrivate(page), uses.length > 1 ? `the code was sent ${uses.length} times` : undefined]
      },
    }
  },
  async refresh({ url, provider }) {
    const browser = await signedIn(url)
    const before = refreshesAt(provider).length
    const ask = () => browser.open(`${url}/token?scope=openid`)
    return {
      act: async () => (await ask()).status,
      async check() {
        const wasSent = refreshesAt(provider).length > before
        const { status } = JSON.parse((await ask()).text)
        if (status === 401 && wasSent) return [isPrivate(await browser.open(`${url}/private`))]
        const user = await userOf(url, browser)
        return [
          status === 200 ? undefined : `the access token: ${status}`,
          user === null ? 'the user was signed out' : undefined,
        ]
      },
    }
  },
  async logout({ url }) {
    const browser = await signedIn(url)
    const cookie = await browser.jar.getCookieString(url)
    const leave = () => browser.post(`${url}/logout`, {}, { follow: false })
    return {
      act: async () => (await leave()).status,
      async check() {
        const { status } = await leave()
        return [
          status === 303 ? undefined : `the second logout was answered by ${status}`,
          await isNobody(url, cookie),
          isPrivate(await browser.open(`${url}/private`)),
        ]
      },
    }
  },
  async 'logout token'({ url, provider }) {
    const [browser, other] = [await signedIn(url), await signedIn(url)]
    const cookie = await browser.jar.getCookieString(url)
    const { sid } = JSON.parse((await browser.open(`${url}/login-seen`)).text)
    const token = await logoutToken(provider, { sid })
    return {
      act: async () => (await postLogout({ url }, token)).status,
      async check() {
        const { status } = await postLogout({ url }, token)
        const isKept = (await userOf(url, other)) !== null
        return [
          status === 200 ? undefined : `the token was answered by ${status}`,
          await isNobody(url, cookie),
          isKept ? undefined : 'another user was signed out',
        ]
      },
    }
  },
}

async function signedIn(url: string): Promise<Browser> {
  const browser = new Browser()
  const wrong = isPrivate(await browser.open(`${url}/private`))
  if (wrong !== undefined) throw new Error(wrong)
  return browser
}

function isPrivate({ status, text }: Page): string | undefined {
  return text.startsWith('private page of')
    ? undefined
    : `a sign-in ended with ${status}: ${text.slice(-300)}`
}

const userOf = async (url: string, browser: Browser): Promise<unknown> =>
  JSON.parse((await browser.open(`${url}/me`)).text)

async function isNobody(url: string, cookie: string): Promise<string | undefined> {
  const answer = await fetch(`${url}/me`, { headers: { cookie } })
  return (await answer.text()) === 'null' ? undefined : 'somebody is still signed in'
}
