import { isClientMember } from '../../protocol/registration/client-metadata-rules.ts'

/**
 * Names that other libraries use for exactly the same thing, each read in their source. Where a name stands for something that
 * only resembles an option of this library, it is not here: a wrong guess is worse than none.
 */
const sameAs: ReadonlyMap<string, string> = new Map([
  // express-openid-connect, lib/config.js; the paths are those of its version 1
  ['issuerBaseURL', 'issuer'],
  ['baseURL', 'baseUrl'],
  ['clientID', 'client.clientId'],
  ['clientSecret', 'client.clientSecret'],
  ['clientAuthMethod', 'client.authenticationMethod'],
  ['authorizationParams', 'authorizationParameters'],
  ['tokenEndpointParams', 'tokenEndpointParameters'],
  ['logoutParams', 'logoutParameters'],
  ['customFetch', 'fetch'],
  ['loginPath', 'routes.login'],
  ['logoutPath', 'routes.logout'],
  ['redirectUriPath', 'routes.callback'],
  // other SDKs of Auth0, and oidc-client-ts
  ['appBaseUrl', 'baseUrl'],
  ['authority', 'issuer'],
  // passport-openidconnect, lib/strategy.js
  ['authorizationURL', 'endpoints.authorization_endpoint'],
  ['tokenURL', 'endpoints.token_endpoint'],
  ['userInfoURL', 'endpoints.userinfo_endpoint'],
  ['prompt', 'authorizationParameters.prompt'],
  ['display', 'authorizationParameters.display'],
  ['loginHint', 'authorizationParameters.login_hint'],
  ['maxAge', 'authorizationParameters.max_age'],
  ['acrValues', 'authorizationParameters.acr_values'],
  ['uiLocales', 'authorizationParameters.ui_locales'],
  // openid-client, with its strategies for Passport of versions 5 and 6
  ['client_id', 'client.clientId'],
  ['client_secret', 'client.clientSecret'],
  ['client.token_endpoint_auth_method', 'client.authenticationMethod'],
  ['params', 'authorizationParameters'],
  ['usePAR', 'pushedAuthorizationRequests'],
  ['resource', 'authorizationParameters.resource'],
  ['allowInsecureRequests', 'allowInsecureIssuer'],
  // Auth.js, packages/core/src/providers/oauth.ts
  ['clientId', 'client.clientId'],
  ['jwks_endpoint', 'endpoints.jwks_uri'],
])

/** Names of Auth.js that mean an address of the provider if they hold one. Otherwise they hold several things. */
const addresses: ReadonlyMap<string, string> = new Map([
  ['authorization', 'endpoints.authorization_endpoint'],
  ['token', 'endpoints.token_endpoint'],
  ['userinfo', 'endpoints.userinfo_endpoint'],
])

const redirectUri = 'The redirect URI is options.baseUrl followed by options.routes.callback'
const postLogoutRedirectUri =
  'The post-logout redirect URI is options.baseUrl followed by options.routes.logoutCallback'

/** What takes the place of an option of another library that is no option here. */
const instead: ReadonlyMap<string, string> = new Map([
  ['callbackURL', redirectUri],
  ['redirect_uri', redirectUri],
  ['redirect_uris', redirectUri],
  ['redirectUri', redirectUri],
  ['post_logout_redirect_uris', postLogoutRedirectUri],
  ['postLogoutRedirectUri', postLogoutRedirectUri],
  ['authRequired', 'Mount requireUser() behind relyingParty() instead'],
  ['attemptSilentLogin', 'Mount attemptSilentLogin() behind relyingParty() instead'],
  ['errorOnRequiredAuth', "Set options.onUnauthenticated to 'challenge' instead"],
  [
    'idpLogout',
    'A sign-out at the provider is the default: leave it out, or set options.logoutRequest: false for none',
  ],
  ['auth0Logout', 'Set options.endpoints.end_session_endpoint and options.logoutParameters instead'],
  ['secret', 'Sessions belong to express-session: pass the secret to session()'],
  ['session', 'Sessions belong to express-session: pass its options to session()'],
  [
    'wellKnown',
    'Set options.issuer to the issuer that this document names, and options.discoveryUrl only if the document is not below it',
  ],
  ['clientAssertionSigningKey', 'Set options.client.privateKey to this key, as a JWK with alg and kid'],
])

/** Says what was probably meant by an unknown name, and lists the options if that is not certain. */
export function suggest(name: string, value: unknown, known: readonly string[], prefix: string): string {
  const sentence = instead.get(name)
  if (sentence) return `. ${sentence}`
  const meant = equivalentOf(name, value, prefix) ?? misspelled(name, known, prefix)
  return meant
    ? `. Did you mean options.${meant}?`
    : `. The options are ${known.map(option => prefix + option).join(', ')}`
}

function equivalentOf(name: string, value: unknown, prefix: string): string | undefined {
  const isAddress = typeof value === 'string' && /^https?:/i.test(value)
  const known = (isAddress ? addresses.get(name) : undefined) ?? sameAs.get(prefix + name) ?? sameAs.get(name)
  if (known !== undefined) return known
  return prefix === '' && isClientMember(name) ? `metadata.${name}` : undefined
}

/** The option with nearly the same letters: of three letters, one may differ. */
function misspelled(name: string, known: readonly string[], prefix: string): string | undefined {
  const distances = known.map(option => ({
    option,
    distance: editDistance(name.toLowerCase(), option.toLowerCase()),
  }))
  const best = distances.sort((a, b) => a.distance - b.distance)[0]
  return best && best.distance <= Math.min(3, name.length / 3) ? prefix + best.option : undefined
}

/** The Levenshtein distance: how many characters to insert, delete or replace. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [line, letter] of from.split('').entries()) {
    const next = [line + 1]
    for (const [column, other] of to.split('').entries()) {
      const change = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min((next[column] ?? 0) + 1, (row[column + 1] ?? 0) + 1, change))
    }
    row = next
  }
  return row[to.length] ?? 0
}
