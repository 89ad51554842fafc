import { memoryStore, relyingParty, requireUser, withUser } from 'express-oidc-rp'
import { type Mount, memorySession, publicPage } from './app.ts'

/** This library, as its quickstart says, with everything in memory. */
export const mount: Mount = (app, { issuer, baseUrl, clientId, clientSecret, variant }) => {
  app.use(memorySession())
  app.use(
    relyingParty({
      issuer,
      baseUrl,
      client: { clientId, clientSecret, authenticationMethod: 'client_secret_post' },
      store: memoryStore(),
      log: false,
      ...(variant['lazily'] && { userInfo: { when: 'lazily' } }),
    }),
  )
  app.get('/public', publicPage)
  app.get(
    '/me',
    requireUser(),
    withUser((req, res) => {
      res.send(req.user.sub)
    }),
  )
}
