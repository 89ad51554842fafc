import express, { type Request, type RequestHandler } from 'express'
import {
  type IdTokenClaims,
  type RelyingPartyMiddleware,
  type RequestOidc,
  relyingParty,
  requireUser,
  type UserClaims,
} from 'express-oidc-rp'

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** What is said here is checked by the compiler alone; nothing runs. */
export const userMayBeMissing: Equals<Request['user'], Express.User | undefined> = true
export const oidcIsThere: Equals<Request['oidc'], RequestOidc> = true
export const claimsMayBeMissing: Equals<RequestOidc['claims'], IdTokenClaims | undefined> = true

export const middleware: RelyingPartyMiddleware & RequestHandler = relyingParty()
export const guard: RequestHandler = requireUser()

export function mount(app: express.Express): void {
  const router = express.Router()
  router.use(middleware, guard)
  app.use(relyingParty(), router)
  app.use('/below', relyingParty(), requireUser())
  app.get('/users/:id', requireUser(), (req, res) => {
    const id: unknown = req.params['id']
    res.json({ id, user: req.user })
  })
  app.get('/async', requireUser(), async (req, res) => {
    const token: string = await req.oidc.getAccessToken()
    const userInfo: Readonly<Record<string, unknown>> = await req.oidc.fetchUserInfo()
    res.json({ token, userInfo, isAuthenticated: req.oidc.isAuthenticated satisfies boolean })
  })
  app.get('/in', async req => req.oidc.login({ returnTo: req.originalUrl }))
  app.get('/out', async req => req.oidc.logout())
  app.get('/switch', async req => req.oidc.logout({ logoutParameters: { federated: '', state: null } }))
  // @ts-expect-error -- the library makes the state
  app.get('/wrong', async req => req.oidc.logout({ logoutParameters: { state: 'mine' } }))
}

export function readUser(req: Request): string {
  // @ts-expect-error -- nobody may be signed in
  const sub: string = req.user.sub
  const user: UserClaims | undefined = req.user
  const name: string | undefined = user?.name
  const own: unknown = user?.['https://app.example/roles']
  // @ts-expect-error -- claims are not known to be text
  const text: string | undefined = user?.['https://app.example/roles']
  return `${sub} ${name} ${String(own)} ${text}`
}

export function writeUser(req: Request, user: Express.User): void {
  // @ts-expect-error -- claims are not written to
  user.sub = 'mallory'
  // @ts-expect-error -- nor is what the request knows of its sign-in
  req.oidc.isAuthenticated = true
  // @ts-expect-error -- a user has a subject
  req.user = { name: 'Mallory' }
}
