// The provider's own tests drive it with openid-client; the provider itself does not know that library.
import * as client from 'openid-client'
import type { ScriptedProvider } from '../scripted-provider.ts'

export const REDIRECT_URI = 'http://127.0.0.1/callback'
export const SIGNED_OUT = 'http://127.0.0.1/signed-out?from=op'

/** Registers a client and returns what `openid-client` needs to act as it. */
export function register(
  provider: ScriptedProvider,
  metadata: Partial<client.ClientMetadata> = {},
  authentication: client.ClientAuth = client.ClientSecretBasic(),
): Promise<client.Configuration> {
  return client.dynamicClientRegistration(
    new URL(provider.issuer),
    { redirect_uris: [REDIRECT_URI], post_logout_redirect_uris: [SIGNED_OUT], ...metadata },
    authentication,
    { execute: [client.allowInsecureRequests] },
  )
}

/** Goes to the authorization endpoint; the answer brings the code. */
export async function authorize(config: client.Configuration, extra: Record<string, string> = {}) {
  const verifier = client.randomPKCECodeVerifier()
  const checks = {
    pkceCodeVerifier: verifier,
    expectedNonce: client.randomNonce(),
    expectedState: client.randomState(),
  }
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    nonce: checks.expectedNonce,
    state: checks.expectedState,
    ...extra,
  })
  return { response: await fetch(url, { redirect: 'manual' }), checks }
}

/** Signs the user in. */
export async function tokensOf(config: client.Configuration) {
  const { response, checks } = await authorize(config)
  return client.authorizationCodeGrant(config, locationOf(response), checks)
}

export function locationOf(response: Response): URL {
  return new URL(response.headers.get('location') ?? '')
}

export function postForm(url: string, body: URLSearchParams, headers: Record<string, string> = {}) {
  return fetch(url, { method: 'POST', body, headers })
}
