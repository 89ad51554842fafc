import type { Express, RequestHandler } from 'express'
import passport, { type Strategy } from 'passport'
import { memorySession, publicPage } from './app.ts'

/** What both strategies need: the user in the session, and a guard by passport's own `isAuthenticated()`. */
export function mountPassport(app: Express, strategy: object): void {
  passport.use('oidc', strategy as Strategy)
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user: Express.User, done) => done(null, user))
  const authenticate = (): RequestHandler => passport.authenticate('oidc')
  app.use(memorySession(), passport.session())
  app.get('/public', publicPage)
  app.get('/login', authenticate())
  app.get('/callback', authenticate(), (_req, res) => res.redirect('/public'))
  app.get('/me', (req, res) => {
    if (req.isAuthenticated()) res.send((req.user as unknown as { readonly sub: string }).sub)
    else res.sendStatus(401)
  })
}
