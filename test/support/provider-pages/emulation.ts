import type { RelyingPartyOptions } from '../../../src/index.ts'
import { logoutClaims } from '../logout/tokens.ts'
import { withQuery } from '../scripted-provider/authorize.ts'
import type { Endpoint } from '../scripted-provider/endpoints.ts'
import { formOf, parametersOf, redirect, sendJson } from '../scripted-provider/exchange.ts'
import { type ScriptedProvider, scriptedProvider } from '../scripted-provider.ts'
import type { Otherwise, ProviderFixture } from './fixture.ts'
import { publicJwk, signatureOf } from './signing-keys.ts'

/** A provider that answers at its real addresses, as far as `fetch` and `route` lead there. */
export interface Emulation {
  readonly provider: ScriptedProvider
  readonly fetch: typeof globalThis.fetch
  /** Where a browser finds an address of the provider. */
  readonly route: (url: URL) => URL | undefined
  /** Lets the provider know the client that an app uses, and the addresses that its options add. */
  readonly admit: (options: RelyingPartyOptions, secret: string) => void
  /** What the provider does otherwise from now on. */
  readonly deviate: (otherwise: Otherwise) => void
  /** Signs a logout token as the provider does. */
  readonly signLogoutToken: (claims: object) => Promise<string>
}

const MEMBERS: Readonly<Record<string, Endpoint>> = {
  authorization_endpoint: 'authorize',
  token_endpoint: 'token',
  userinfo_endpoint: 'userinfo',
  jwks_uri: 'jwks',
  end_session_endpoint: 'endSession',
  revocation_endpoint: 'revoke',
  registration_endpoint: 'register',
  pushed_authorization_request_endpoint: 'pushed',
}
const PATHS: Partial<Record<Endpoint, string>> = {
  discovery: '/.well-known/openid-configuration',
  endSession: '/logout',
}

/** Makes the scripted provider behave as a fixture says. */
export async function emulate(fixture: ProviderFixture): Promise<Emulation> {
  const provider = await scriptedProvider()
  const {
    metadata,
    discoveryUrl = `${metadata.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
  } = fixture
  const addresses = new Map<string, Endpoint>([[addressOf(discoveryUrl), 'discovery']])
  const clientIds = new RegExp(`(?<=^${String(metadata['registration_endpoint'])})(/[\\w-]+)$`)
  const addAddresses = (members: object): void => {
    for (const [member, url] of Object.entries(members))
      if (MEMBERS[member] && typeof url === 'string') addresses.set(addressOf(url), MEMBERS[member])
  }
  addAddresses(metadata)
  Object.assign(provider, { metadata })
  let otherwise: Otherwise = {}
  speak(provider, fixture, () => otherwise)
  const route = (url: URL): URL | undefined => {
    const [address, clientId = ''] = addressOf(url).split(clientIds)
    const endpoint = addresses.get(address ?? '')
    return endpoint && new URL((PATHS[endpoint] ?? `/${endpoint}`) + clientId + url.search, provider.issuer)
  }
  return {
    provider,
    route,
    fetch(input, init) {
      const { href } = new URL(input instanceof Request ? input.url : input)
      const target = route(new URL(href))
      if (!target) throw new TypeError(`${fixture.name} has nothing at ${href}.`)
      const headers = new Headers(init?.headers)
      fixture.onTheWay?.(headers)
      return fetch(target, { ...init, headers })
    },
    admit(options, secret) {
      addAddresses(options.endpoints ?? {})
      if (!options.client) return
      const { clientId } = options.client
      const [baseUrl = ''] = [options.baseUrl].flat()
      const { callback = '/callback', logoutCallback = '/logout/callback' } = options.routes ?? {}
      provider.clients.set(clientId, {
        client_id: clientId,
        client_secret: secret,
        redirect_uris: [baseUrl + callback],
        post_logout_redirect_uris: [baseUrl + String(logoutCallback)],
        token_endpoint_auth_method:
          fixture.authentication ?? metadata['token_endpoint_auth_methods_supported'],
        ...fixture.client,
      })
    },
    deviate(changed) {
      otherwise = changed
    },
    signLogoutToken(claims) {
      const { header, key } = signatureOf('usual', fixture.algorithm ?? 'RS256', '')
      const usual = { ...logoutClaims(provider, claims), iss: metadata.issuer, ...claims }
      return provider.sign(usual, { typ: 'logout+jwt', ...header }, key)
    },
  }
}

function addressOf(url: string | URL): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

/** What the provider sends. */
function speak(provider: ScriptedProvider, fixture: ProviderFixture, otherwise: () => Otherwise): void {
  const { algorithm = 'RS256', refreshToken, callback = usual => usual } = fixture
  // The scripted provider gives every user the claims of UserInfo; here a test may change them.
  Object.defineProperty(provider, 'user', {
    get: () => ({ ...fixture.userInfo, ...otherwise().userInfo }),
  })
  provider.authorizationResponse = ({ iss: _, ...usual }, asked) => {
    const instead = otherwise().callback
    if (instead) return { ...instead, state: usual['state'] ?? '' }
    const parameters = callback(usual, asked)
    const grant = provider.codes.get(usual['code'] ?? '')
    if (grant && parameters['code']) provider.codes.set(parameters['code'], grant) // it may look otherwise here
    return parameters
  }
  provider.keyRing.trust(publicJwk('usual', algorithm))
  if (refreshToken) provider.issuesRefreshToken = ({ asked }) => refreshToken(asked)
  provider.tokenResponse = (body, form) => fixture.tokenResponse(body, form)
  provider.idToken = async ({ iss: _, sub: __, auth_time, sid, ...usual }, header, { asked, form }) => {
    const { idToken, key = fixture.signer?.(form) ?? 'usual' } = otherwise()
    const iss = fixture.issuer ?? fixture.metadata.issuer
    const claims = { iss, ...usual, ...fixture.idToken({ auth_time, sid }, asked), ...idToken }
    const secret = String(provider.clients.get(String(usual.aud))?.client_secret)
    const signing = signatureOf(key, algorithm, secret)
    const jwt = await provider.sign(claims, { ...header, ...signing.header }, signing.key)
    return fixture.encrypt ? fixture.encrypt(jwt) : jwt
  }
  provider.answer('jwks', (_request, response) => {
    const { jwk = published => published, secondJwk } = fixture
    const keys = [jwk(publicJwk('usual', algorithm))]
    if (secondJwk) keys.push(secondJwk(publicJwk('second', algorithm)))
    sendJson(response, 200, { keys })
  })
  const endpoints = [
    'discovery',
    'authorize',
    'token',
    'userinfo',
    'endSession',
    'register',
    'pushed',
  ] as const
  for (const endpoint of endpoints) provider.answer(endpoint, guarded(provider, fixture, endpoint))
}

/** What an endpoint does after it has refused what the fixture says. */
function guarded(
  provider: ScriptedProvider,
  { refuse, answers, keepsRefreshToken }: ProviderFixture,
  endpoint: Endpoint,
) {
  const usual = answers?.[endpoint]?.(provider) ?? provider.usualAnswer(endpoint)
  return async (...[request, response]: Parameters<typeof usual>): Promise<void> => {
    const error = await refuse?.[endpoint]?.(request, provider)
    if (error) {
      const asked = parametersOf(request)
      const { state = '' } = Object.fromEntries(asked)
      return redirect(response, 303, withQuery(asked.get('redirect_uri') ?? '', { ...error, state }))
    }
    const used = endpoint === 'token' ? formOf(request).get('refresh_token') : null
    const grant = used !== null && provider.refreshTokens.get(used)
    await usual(request, response)
    if (keepsRefreshToken && used !== null && grant) provider.refreshTokens.set(used, grant)
  }
}
