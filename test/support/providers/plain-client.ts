import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import * as oidc from 'openid-client'
import type { Page } from '../browser.ts'

export interface RegisteredClient {
  readonly client_id: string
  readonly client_secret: string
  readonly registration_client_uri: string
  readonly registration_access_token: string
}

/** Registers a client by plain HTTP. */
export async function register(issuer: string, metadata: object): Promise<RegisteredClient> {
  const discovered = await fetch(`${issuer}/.well-known/openid-configuration`)
  const { registration_endpoint } = (await discovered.json()) as { registration_endpoint: string }
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(registration_endpoint, {
    method: 'POST',
    headers,
    body: JSON.stringify(metadata),
  })
  return (await response.json()) as RegisteredClient
}

/** An app that does nothing but be there to come back to, and collect logout tokens. */
export async function startPlainApp() {
  const logoutTokens: string[] = []
  const answer = async (req: IncomingMessage, res: ServerResponse) => {
    const token = new URLSearchParams(await text(req)).get('logout_token')
    if (token) logoutTokens.push(token)
    res.end('back')
  }
  const server = createServer((req, res) => void answer(req, res))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const close = async () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${port}`, logoutTokens, close }
}

/** Registers a client for an app and gives the steps of its code flow, made by openid-client alone. */
export async function plainFlow(issuer: string, appUrl: string) {
  const redirect_uri = `${appUrl}/callback`
  const post_logout_redirect_uri = `${appUrl}/logout/callback`
  const client = await register(issuer, {
    redirect_uris: [redirect_uri],
    post_logout_redirect_uris: [post_logout_redirect_uri],
    backchannel_logout_uri: `${appUrl}/backchannel-logout`,
    grant_types: ['authorization_code', 'refresh_token'],
  })
  const config = await discover(issuer, client)
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: 'openid profile email offline_access',
    prompt: 'consent',
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  return {
    url: url.href,
    exchange: (back: Page) => oidc.authorizationCodeGrant(config, new URL(back.url), { pkceCodeVerifier }),
    userInfo: (accessToken: string) => oidc.fetchUserInfo(config, accessToken, 'alice'),
    logoutUrl: (id_token_hint = '') =>
      oidc.buildEndSessionUrl(config, { id_token_hint, post_logout_redirect_uri, state: 'left' }).href,
  }
}

function discover(issuer: string, client: RegisteredClient): Promise<oidc.Configuration> {
  const authentication = oidc.ClientSecretBasic(client.client_secret)
  return oidc.discovery(new URL(issuer), client.client_id, undefined, authentication, {
    execute: [oidc.allowInsecureRequests],
  })
}
