import { ExpressAuth, getSession } from '@auth/express'
import { type Mount, publicPage, SCOPE } from './app.ts'

/** Auth.js, which keeps the session in an encrypted cookie. Only what needs the session reads it. */
export const mount: Mount = (app, { issuer, clientId, clientSecret }) => {
  const provider = {
    id: 'bench',
    name: 'bench',
    type: 'oidc',
    issuer,
    clientId,
    clientSecret,
    client: { token_endpoint_auth_method: 'client_secret_post' },
    authorization: { params: { scope: SCOPE } },
    checks: ['pkce', 'state', 'nonce'],
    profile: (claims: { readonly sub: string }) => ({ id: claims.sub }),
  }
  const callbacks = {
    jwt: ({ token, profile }: { token: object; profile?: { readonly sub: string } }) =>
      profile ? { ...token, subject: profile.sub } : token,
    session: ({ session, token }: { session: object; token: { readonly subject: string } }) => ({
      ...session,
      user: { id: token.subject },
    }),
  }
  const config = { secret: 'bench', trustHost: true, basePath: '/auth', providers: [provider], callbacks }
  // It looks for the wildcard of Express 4, which only a regular expression still has in Express 5.
  app.use(/^\/auth\/(.*)/, ExpressAuth(config))
  app.get('/public', publicPage)
  app.get('/me', async (req, res) => {
    const session = await getSession(req, config)
    if (session?.user?.id) res.send(session.user.id)
    else res.sendStatus(401)
  })
}
