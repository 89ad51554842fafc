import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node'
import { genericOAuth } from 'better-auth/plugins'
import { type Mount, publicPage } from './app.ts'

/** better-auth with its adapter for memory. Only what needs the session reads it. */
export const mount: Mount = (app, { issuer, baseUrl, clientId, clientSecret }) => {
  const provider = {
    providerId: 'bench',
    clientId,
    clientSecret,
    discoveryUrl: `${issuer}/.well-known/openid-configuration`,
    authentication: 'post',
    scopes: ['openid', 'profile', 'email'],
    mapProfileToUser: ({ sub }: { readonly sub: string }) => ({ sub }),
  }
  const auth = betterAuth({
    baseURL: baseUrl,
    secret: 'a secret of the benchmark, with 32 characters or more',
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    user: { additionalFields: { sub: { type: 'string', required: false } } },
    plugins: [genericOAuth({ config: [provider] })],
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
  })
  app.all('/api/auth/*splat', toNodeHandler(auth))
  app.get('/public', publicPage)
  app.get('/me', async (req, res) => {
    const session = await auth.api.getSession({ headers: fromNodeHeaders(req.headers) })
    if (session?.user.sub) res.send(session.user.sub)
    else res.sendStatus(401)
  })
}
