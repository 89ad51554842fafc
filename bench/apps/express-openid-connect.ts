import library from 'express-openid-connect'
import session from 'express-session'
import { type Mount, publicPage, SCOPE } from './app.ts'

const { auth, requiresAuth } = library

/** With its sessions in a cookie, or in the store of express-session. */
export const mount: Mount = (app, { issuer, baseUrl, clientId, clientSecret, variant }) => {
  const store = new session.MemoryStore()
  app.use(
    auth({
      issuerBaseURL: issuer,
      baseURL: baseUrl,
      clientID: clientId,
      clientSecret,
      secret: 'a secret of the benchmark',
      authRequired: false,
      clientAuthMethod: 'client_secret_post',
      authorizationParams: { response_type: 'code', scope: SCOPE },
      backchannelLogout: { store: new session.MemoryStore() },
      ...(variant['store'] && { session: { store } }),
    }),
  )
  app.get('/public', publicPage)
  app.get('/me', requiresAuth(), (req, res) => {
    res.send((req.oidc as unknown as { readonly user: { readonly sub: string } }).user.sub)
  })
}
