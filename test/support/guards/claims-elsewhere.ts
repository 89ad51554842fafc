import type { Express } from 'express'
import { allOf, anyOf, type Guard, not, requireClaims, requireRoles } from '../../../src/index.ts'
import type { TestApp, TestAppOptions } from '../app.ts'
import type { Browser } from '../browser.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'

export const CANARY = 'token-of-another-service'

/** What Entra ID says of a user with more than 200 groups (MicrosoftDocs/entra-docs, id-token-claims-reference). */
export const overage = {
  _claim_names: { groups: 'src1' },
  _claim_sources: { src1: { endpoint: 'https://graph.test/v1.0/users/1/getMemberObjects' } },
}
/** With a token for the endpoint, and a JWT with the claims (OpenID Connect Core 1.0 §5.6.2.1). */
export const distributed = {
  _claim_names: { groups: 'src1', credit_score: 'src2' },
  _claim_sources: {
    src1: { endpoint: 'https://claims.test/groups', access_token: CANARY },
    src2: { JWT: `${CANARY}.jwt` },
  },
}

export function inIdToken(provider: ScriptedProvider, added: object): void {
  provider.idToken = (claims, header) => ({ claims: { ...claims, ...added }, header })
}

export function inUserInfo(provider: ScriptedProvider, added: object): void {
  Object.assign(provider.user, added)
}

export const places = [
  ['the ID token', inIdToken],
  ['UserInfo', inUserInfo],
] as const

export const guards: Readonly<Record<string, Guard>> = {
  claims: requireClaims({ groups: 'staff' }),
  roles: requireRoles('staff', { at: 'groups' }),
  exact: requireRoles('staff', { at: ['groups'] }),
  not: not(requireRoles('banned', { at: 'groups' })),
  notAny: not(anyOf(requireRoles('banned', { at: 'groups' }), requireClaims({ name: 'Bob' }))),
  all: allOf(requireClaims({ name: 'Una User' }), requireRoles('staff', { at: 'groups' })),
}

export const withGuards: TestAppOptions = {
  after: (app: Express) => {
    for (const [path, guard] of Object.entries(guards))
      app.get(`/${path}`, guard, (_req, res) => void res.send('in'))
    app.get('/either', anyOf(guards['roles'] as Guard, requireClaims({ name: 'Una User' })), (_req, res) =>
      res.send('in'),
    )
    app.get('/other', requireClaims({ groups: 'staff', name: 'Bob' }), (_req, res) => res.send('in'))
    app.get('/said', ({ oidc, user }, res) => res.json({ user, claims: oidc.claims }))
    app.get('/info', ({ oidc }, res) => void oidc.fetchUserInfo().then(info => res.json(info)))
  },
}

export const statusOf = async (browser: Browser, app: TestApp, path: string) =>
  (await browser.open(`${app.url}/${path}`)).status
