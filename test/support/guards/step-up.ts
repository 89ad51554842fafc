import type { Express } from 'express'
import { type Guard, requireAcr, requireAmr, requireRecentLogin, requireVot } from '../../../src/index.ts'
import type { Browser, Page } from '../browser.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'

/** Pages that need a step-up, by path. */
const pages: Readonly<Record<string, readonly Guard[]>> = {
  gold: [requireAcr('gold')],
  silver: [requireAcr('silver')],
  recent: [requireRecentLogin({ maxAge: 300 })],
  otp: [requireAmr('otp')],
  vot: [requireVot('Cl.Cm', { vtr: 'Cl.Cm.P2' })],
  both: [requireAcr('gold'), requireRecentLogin({ maxAge: 300 })],
  never: [requireAcr('gold'), requireAcr('silver')],
}

/** Mounts them. */
export function mountStepUps(app: Express): void {
  for (const [path, guards] of Object.entries(pages))
    app.all(`/${path}`, ...guards, (req, res) => void res.send(`${path} page of ${req.user?.sub}`))
}

/** What the provider says of an authentication; `auth_time` in seconds from now. */
type Authentication = Readonly<Record<string, unknown>> & { readonly auth_time?: number | 'absent' }

/** Makes the provider say this of the next authentications, by what was asked for. */
export function authenticateAs(
  provider: ScriptedProvider,
  answer: (asked: URLSearchParams) => Authentication,
): void {
  provider.idToken = (claims, header) => {
    const asked = provider.requestsTo('authorize').at(-1)?.query ?? new URLSearchParams()
    const { auth_time: age = 0, ...more } = answer(asked)
    const { auth_time: now, ...others } = { ...claims, ...more }
    return { claims: age === 'absent' ? others : { ...others, auth_time: now + age }, header }
  }
}

/** Signs in weakly, an hour ago, and counts from here what the provider is asked. */
export async function signInWeakly(provider: ScriptedProvider, browser: Browser, url: string): Promise<Page> {
  authenticateAs(provider, () => ({ acr: 'bronze', amr: ['pwd'], auth_time: -3_600 }))
  return await browser.open(`${url}/login?returnTo=/me`)
}

/** What step-ups the provider was asked for, in order, without the first sign-in. */
export function stepUpsOf(provider: ScriptedProvider): string[] {
  return provider
    .requestsTo('authorize')
    .slice(1)
    .map(({ query }) => {
      const asked = [...query].filter(([name]) => ['acr_values', 'max_age', 'vtr'].includes(name))
      return new URLSearchParams(asked).toString()
    })
}
