import { Browser } from '../browser.ts'
import { locationOf } from '../flow.ts'
import { logoutToken, postLogout } from '../logout.ts'
import { type ScriptedProvider, scriptedProvider } from '../scripted-provider.ts'
import type { Medium } from '../stores/media.ts'
import { type AppOptions, forkReplicas, type Replica } from './replicas.ts'

/** Somebody in a browser of his own. */
export interface Person {
  readonly browser: Browser
  readonly sub: string
  /** The provider's session of his newest sign-in. */
  readonly sid: () => string
}

/** Two replicas of an app in processes of their own, a provider, and people. */
export interface Stage {
  readonly provider: ScriptedProvider
  readonly one: Replica
  readonly two: Replica
  /** Somebody new, or the same user at another device; not signed in yet. */
  readonly person: (sub?: string) => Person
  readonly signIn: (person: Person) => Promise<Person>
  /** Goes to the provider and stops before its answer is delivered. */
  readonly reachCallback: (person: Person) => Promise<string>
  readonly cookieOf: (person: Person) => Promise<string>
  /** Delivers a logout token at the second replica, and tells the status. */
  readonly logOut: (claims: object) => Promise<number>
  /** Who is signed in with this cookie, at each replica. */
  readonly usersOf: (cookie: string) => Promise<unknown[]>
  readonly close: () => Promise<void>
}

/** Starts them with sessions in a server. */
export async function startStage(medium: Medium, options: AppOptions = {}): Promise<Stage> {
  const provider = await scriptedProvider()
  const sids = new Map<unknown, string>()
  provider.idToken = (claims, header) => {
    sids.set(claims.sub, String(claims.sid))
    return { claims, header }
  }
  const [one, two] = await forkReplicas(provider.issuer, medium, options)
  let people = 0
  return {
    provider,
    one,
    two,
    person(sub = `user-${++people}`) {
      return { browser: new Browser(), sub, sid: () => sids.get(sub) ?? '' }
    },
    async signIn(person) {
      provider.user = { sub: person.sub, name: 'Una' }
      const page = await person.browser.open(`${one.url}/private`)
      if (page.status !== 200) throw new Error(page.text)
      const sid = sids.get(person.sub) ?? ''
      return { ...person, sid: () => sid }
    },
    async reachCallback(person) {
      provider.user = { sub: person.sub, name: 'Una' }
      const away = await person.browser.open(`${one.url}/private`, { follow: false })
      return locationOf(await person.browser.open(locationOf(away).href, { follow: false })).href
    },
    cookieOf: ({ browser }) => browser.jar.getCookieString(one.url),
    logOut: async claims => (await postLogout(two, await logoutToken(provider, claims))).status,
    usersOf: cookie => Promise.all([one, two].map(({ url }) => userOf(url, cookie))),
    async close() {
      await Promise.all([one.end(), two.end()])
      await provider.close()
    },
  }
}

async function userOf(url: string, cookie: string): Promise<unknown> {
  const user: unknown = await (await fetch(`${url}/me`, { headers: { cookie } })).json()
  return typeof user === 'object' && user !== null && 'sub' in user ? user.sub : null
}
