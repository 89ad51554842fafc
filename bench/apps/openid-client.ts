import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { type Mount, memorySession, publicPage, SCOPE } from './app.ts'

interface Held {
  pending?: { readonly state: string; readonly nonce: string; readonly verifier: string } | undefined
  user?: { readonly sub: string }
}

/** openid-client by hand; it does not verify the signature of an ID token that comes from the token endpoint. */
export const mount: Mount = async (app, { issuer, baseUrl, clientId, clientSecret, variant }) => {
  const insecure = { execute: [client.allowInsecureRequests] }
  const post = client.ClientSecretPost(clientSecret)
  const config = await client.discovery(new URL(issuer), clientId, undefined, post, insecure)
  const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri ?? ''))
  const held = (req: { readonly session: object }): Held => req.session as Held

  app.use(memorySession())
  app.get('/public', publicPage)
  app.get('/login', async (req, res) => {
    const pending = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
    }
    held(req).pending = pending
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: `${baseUrl}/callback`,
      scope: SCOPE,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: 'S256',
    })
    res.redirect(url.href)
  })
  app.get('/callback', async (req, res) => {
    const { pending } = held(req)
    if (!pending) return void res.sendStatus(400)
    const tokens = await client.authorizationCodeGrant(config, new URL(req.url, baseUrl), {
      expectedState: pending.state,
      expectedNonce: pending.nonce,
      pkceCodeVerifier: pending.verifier,
    })
    const claims = tokens.claims()
    if (!claims || !tokens.id_token) return void res.sendStatus(400)
    if (variant['signature']) await jwtVerify(tokens.id_token, keys, { issuer, audience: clientId })
    const more = variant['userInfo']
      ? await client.fetchUserInfo(config, tokens.access_token, claims.sub)
      : undefined
    req.session.regenerate(() => {
      held(req).user = { ...claims, ...more }
      res.redirect('/public')
    })
  })
  app.get('/me', (req, res) => {
    const { user } = held(req)
    if (user) res.send(user.sub)
    else res.sendStatus(401)
  })
}
