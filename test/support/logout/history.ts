import type { TestApp } from '../app.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'
import type { DawdlingStores } from './dawdling-stores.ts'

/** A login that there was, by the cookie of its session. */
export interface Known {
  readonly cookie: string
  readonly sub: string
  readonly browser: number
  readonly sid: string
  /** What the model says; `perhaps` where it depends on which of two came first. */
  isOver: boolean | 'perhaps'
  /** What a refresh of its tokens was answered in this round, unless by a token. */
  refused?: string
}

export interface World extends Pick<DawdlingStores, 'tokensOf'> {
  readonly apps: readonly [TestApp, TestApp]
  readonly provider: ScriptedProvider
}

/** One history, whose users nobody else has. */
export interface History extends World {
  readonly run: number
  readonly known: Known[]
  /** Seconds since 1970 by the provider's clock: in each round it is later. */
  readonly now: number
}

/** What the apps say of each login that there ever was, and what is left of it, against what should be. */
export async function differences({ apps, known, tokensOf }: History): Promise<string[]> {
  const faults = await Promise.all(
    known.map(async login => {
      const seen = await Promise.all(apps.map(({ url }) => ask(`${url}/me`, login)))
      const states = seen.map(user => (user === null ? 'over' : 'signed in')).join(' and ')
      if (login.isOver === 'perhaps') login.isOver = seen[0] === null
      const state = login.isOver ? 'over' : 'signed in'
      const refusal = login.isOver ? 'ERR_OIDC_UNAUTHENTICATED' : undefined
      const { browser, refused = refusal } = login
      delete login.refused
      return [
        ...(states === `${state} and ${state}` ? [] : [`The login of browser ${browser} is ${states}.`]),
        ...(refused === refusal ? [] : [`A refresh for browser ${browser}, ${state}, got ${refused}.`]),
      ]
    }),
  )
  for (const sub of new Set(known.map(login => login.sub))) {
    const count = await tokensOf(sub)
    const expected = known.filter(login => login.sub === sub && !login.isOver).length
    if (count !== expected) faults.push([`${sub} has ${count} records of tokens, not ${expected}.`])
  }
  return faults.flat()
}

/** Asks a page as the browser with this login. */
export async function ask(url: string, { cookie }: Known): Promise<unknown> {
  return (await fetch(url, { headers: { cookie } })).json()
}
