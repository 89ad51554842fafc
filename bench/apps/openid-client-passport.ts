import * as client from 'openid-client'
import { Strategy, type VerifyFunction } from 'openid-client/passport'
import { type Mount, SCOPE } from './app.ts'
import { mountPassport } from './passport.ts'

/** The passport strategy that comes with openid-client. */
export const mount: Mount = async (app, { issuer, baseUrl, clientId, clientSecret }) => {
  const insecure = { execute: [client.allowInsecureRequests] }
  const post = client.ClientSecretPost(clientSecret)
  const config = await client.discovery(new URL(issuer), clientId, undefined, post, insecure)
  const options = { config, scope: SCOPE, callbackURL: `${baseUrl}/callback` }
  const verify: VerifyFunction = (tokens, verified) => verified(null, tokens.claims() as Express.User)
  mountPassport(app, new Strategy(options, verify))
}
