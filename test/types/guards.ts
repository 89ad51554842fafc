import express, { type Request, type RequestHandler } from 'express'
import {
  allOf,
  anyOf,
  assertUser,
  type Guard,
  not,
  type RelyingPartyOptions,
  requireAcr,
  requireAmr,
  requireClaims,
  requireRecentLogin,
  requireRoles,
  requireScopes,
  requireThat,
  requireUser,
  requireVot,
  withUser,
} from 'express-oidc-rp'
import { signedIn, signedOut } from 'express-oidc-rp/testing'

/** What is said here is checked by the compiler alone; nothing runs. */
export const guards: readonly Guard[] = [
  requireUser(),
  requireUser({ onUnauthenticated: 'challenge' }),
  requireClaims({
    roles: 'admin',
    level: 3,
    email_verified: true,
    tenant: null,
    groups: ['a', 'b'] as const,
  }),
  requireClaims({ realm_access: { roles: ['admin'] }, 'a.b': 1 }, { spaceSeparated: true }),
  requireScopes('read write'),
  requireScopes(['read'], { onForbidden: (error, req, res) => res.send(`${error.code} ${req.path}`) }),
  requireRoles('admin'),
  requireRoles(['a', 'b'] as const, { at: ['resource_access', 'shop', 'roles'] }),
  requireThat((user, req) => user.sub === req.params['id']),
  requireThat(async user => user['level'] === 3),
  requireAcr(['gold', 'silver']),
  requireAmr('otp', { acrValues: 'gold' }),
  requireVot('Cl.Cm', { vtr: ['Cl.Cm.P2'] }),
  requireRecentLogin({ maxAge: 300 }),
  anyOf(requireUser(), requireRoles('a'), { onForbidden: (_error, _req, _res, next) => next() }),
  allOf(requireUser()),
  not(requireRoles('muted'), { onForbidden: async (_error, _req, res) => void res.sendStatus(404) }),
]

export const handlers: readonly RequestHandler[] = [...guards, signedIn({ sub: '1' }), signedOut()]

export const options: RelyingPartyOptions = {
  onUnauthenticated: 'challenge',
  onForbidden: (error, _req, res) => res.status(error.status).end(),
}

export const refused: readonly (() => unknown)[] = [
  // @ts-expect-error -- an unknown answer
  () => requireUser({ onForbiden: () => undefined }),
  // @ts-expect-error -- an answer that does not exist
  () => requireUser({ onUnauthenticated: 'login' }),
  // @ts-expect-error -- a name is not enough
  () => requireClaims('roles'),
  // @ts-expect-error -- a claim that may be undefined would never be required
  () => requireClaims({ roles: undefined }),
  // @ts-expect-error -- a function belongs into requireThat
  () => requireClaims({ level: (level: number) => level > 3 }),
  // @ts-expect-error -- several roles are an array
  () => requireRoles('admin', 'editor'),
  // @ts-expect-error -- a predicate says true or false
  () => requireThat(() => 'yes'),
  // @ts-expect-error -- a predicate that forgets to return
  () => requireThat(user => void user.sub),
  // @ts-expect-error -- seconds have a name
  () => requireRecentLogin(300),
  // @ts-expect-error -- seconds are a number
  () => requireRecentLogin({ maxAge: '5m' }),
  // @ts-expect-error -- of no guard
  () => anyOf(),
  // @ts-expect-error -- a guard that was not made
  () => anyOf(requireUser),
  // @ts-expect-error -- a handler that is no guard
  () => allOf(requireUser(), (_req, _res, next) => next()),
  // @ts-expect-error -- one guard at a time
  () => not(requireUser(), requireUser()),
  // @ts-expect-error -- a misspelt option
  () => signedIn({}, { scopes: 'openid' }),
]

export function mount(app: express.Express): void {
  app.use('/below', requireRoles('admin'), express.Router())
  app.get(
    '/users/:id',
    requireThat(() => true),
    requireUser(),
    (req, res) => {
      // @ts-expect-error -- a guard does not narrow the type for the handlers behind it
      res.send(req.user.sub)
    },
  )
  app.get(
    '/own/:id',
    withUser((req, res) => {
      const user: Express.User = req.user
      const sub: string = req.user.sub
      const id: unknown = req.params
      res.json({ user, sub, id, isAuthenticated: req.oidc.isAuthenticated satisfies boolean })
    }),
  )
  app.get(
    '/async',
    withUser(async (req, res) => void res.send(await req.oidc.getAccessToken())),
  )
}

export function narrow(req: Request): string {
  // @ts-expect-error -- nobody may be signed in
  const before: string = req.user.sub
  assertUser(req)
  const user: Express.User = req.user
  return `${before} ${user.sub} ${req.path}`
}

export async function decide(guard: Guard, req: Request): Promise<number | undefined> {
  const decision = await guard.decide(req)
  return decision.kind === 'step-up' ? decision.stepUp.maxAge : undefined
}
