import { randomUUID } from 'node:crypto'
import type { Express } from 'express'
import type { SessionDirectory } from '../../../src/session/logout/session-directory.ts'
import { tellToken } from '../tokens/token-routes.ts'

/** Mounts a page that tells of the login, and one that writes into the session. */
export function showLogin(app: Express): void {
  app.get('/login-seen', (req, res) => {
    const { loginId: id, claims } = req.oidc
    res.json(claims ? { id, sid: claims.sid, sub: claims.sub } : null)
  })
  app.get('/write', (req, res) => {
    Object.assign(req.session, { written: randomUUID() })
    res.json(req.user ?? null)
  })
}

/** Mounts a page that puts something into the cart, which the session holds, and tells the access token; and the cart. */
export function showShop(app: Express): void {
  app.get('/buy', async (req, res) => {
    const session = Object.assign(req.session, { cart: 'tea' })
    const told = await tellToken(req)
    res.json({ ...told, cart: session.cart })
  })
  app.get('/cart', (req, res) => void res.json('cart' in req.session ? req.session.cart : null))
}

/** Mounts a page that ends all sessions of a user. */
export function showEndings(app: Express, sessions: SessionDirectory): void {
  app.post('/end-all/:sub', async (req, res) => void res.json(await sessions.endAll(req.params.sub)))
}
