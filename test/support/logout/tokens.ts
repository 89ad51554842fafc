import { randomUUID } from 'node:crypto'
import type { TestApp } from '../app.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'

export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** The claims of a logout token that is valid, with `exp` and the type that the specification wants. */
export function logoutClaims(provider: ScriptedProvider, claims: object): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1_000)
  return {
    iss: provider.issuer,
    aud: [...provider.clients.keys()].at(-1),
    iat: now,
    exp: now + 120,
    jti: randomUUID(),
    events: { [LOGOUT_EVENT]: {} },
    ...claims,
  }
}

/** Signs a logout token that is valid but for what is changed; a claim that is `undefined` is left out. */
export function logoutToken(provider: ScriptedProvider, claims: object): Promise<string> {
  return provider.sign(logoutClaims(provider, claims), { typ: 'logout+jwt' })
}

/** Posts a logout token as a provider does. */
export function postLogout(
  app: Pick<TestApp, 'url'>,
  token: string,
  path = '/backchannel-logout',
): Promise<Response> {
  return fetch(app.url + path, { method: 'POST', body: new URLSearchParams({ logout_token: token }) })
}
