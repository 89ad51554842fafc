import * as oidc from 'openid-client'
import type { ClientInformation } from '../../../src/index.ts'
import type { Browser, Page } from '../browser.ts'

export interface SignedIn {
  readonly accessToken: string
  readonly idToken: string
}

/** Signs a user in with a client that `OidcApi` has registered, by openid-client alone. */
export async function signInWith(
  issuer: string,
  client: ClientInformation,
  browser: Browser,
  answer: (browser: Browser, url: string) => Promise<Page>,
): Promise<SignedIn> {
  const { client_id, client_secret, redirect_uris: [redirect_uri = ''] = [] } = client
  const authentication = oidc.ClientSecretBasic(client_secret)
  const config = await oidc.discovery(new URL(issuer), client_id, undefined, authentication, {
    execute: [oidc.allowInsecureRequests],
  })
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const expectedState = oidc.randomState()
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: 'openid',
    state: expectedState,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const back = await answer(browser, url.href)
  const checks = { pkceCodeVerifier, expectedState }
  const { access_token, id_token = '' } = await oidc.authorizationCodeGrant(config, new URL(back.url), checks)
  return { accessToken: access_token, idToken: id_token }
}
