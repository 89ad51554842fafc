import { compactVerify, decodeJwt, decodeProtectedHeader, importJWK, type JWK, type JWTPayload } from 'jose'
import { keysIn } from './client-validation.ts'
import { type HydraError, protocolError, unrecognizable } from './errors.ts'
import { type HydraClient, type HydraState, secondsOf } from './state.ts'

const UNREADABLE = "Unable to verify the integrity of the 'client_assertion' value."

/** Hydra facts §2.8: `private_key_jwt`, checked in the order in which Hydra looks. */
export async function clientOfAssertion(state: HydraState, form: URLSearchParams): Promise<HydraClient> {
  const assertion = form.get('client_assertion') ?? ''
  const { header, claims } = read(assertion)
  const clientId = form.get('client_id') || claims.sub
  if (clientId === undefined) {
    throw refusal("The claim 'sub' from the client_assertion JSON Web Token is undefined.")
  }
  const client = state.clients.get(clientId)
  if (!client) throw protocolError('invalid_client')
  refuseMethod(client)
  refuseAlgorithm(client, header.alg)
  const key = await keyOf(state, client, header)
  await compactVerify(assertion, await importJWK(key, header.alg)).catch(() => {
    throw refusal(UNREADABLE)
  })
  verifyTimes(state, claims)
  verifyClaims(state, clientId, claims)
  return client
}

interface Header {
  readonly alg: string
  readonly kid?: string | undefined
}

function read(assertion: string): { readonly header: Header; readonly claims: JWTPayload } {
  try {
    const { alg = 'none', kid } = decodeProtectedHeader(assertion)
    return { header: { alg, kid }, claims: decodeJwt(assertion) }
  } catch {
    throw refusal(UNREADABLE)
  }
}

function refuseMethod({ token_endpoint_auth_method: method }: HydraClient): void {
  if (method === 'private_key_jwt') return
  if (method === 'none') {
    throw refusal(
      "This requested OAuth 2.0 client does not support client authentication, however 'client_assertion' was provided in the request.",
    )
  }
  const isSecret = method === 'client_secret_basic' || method === 'client_secret_post'
  const end = isSecret
    ? "however 'client_assertion' was provided in the request."
    : 'however that method is not supported by this server.'
  throw refusal(
    `This requested OAuth 2.0 client only supports client authentication method '${String(method)}', ${end}`,
  )
}

/** Hydra facts §2.3: without a registered algorithm, RS256 is the only one. */
function refuseAlgorithm(client: HydraClient, algorithm: string): void {
  const { token_endpoint_auth_signing_alg: registered } = client
  const enforced = typeof registered === 'string' ? registered : 'RS256'
  if (algorithm === enforced) return
  throw refusal(
    `The 'client_assertion' uses signing algorithm '${algorithm}' but the requested OAuth 2.0 Client enforces signing algorithm '${enforced}'.`,
  )
}

/** Hydra facts §2.6: keys behind `jwks_uri` are cached, and refetched at once when none fits. */
async function keyOf(state: HydraState, client: HydraClient, header: Header): Promise<JWK> {
  const registered = keysIn(client)
  if (registered) return fittingKey(registered, header)
  const uri = String(client.jwks_uri)
  const cached = state.clientKeys.get(uri)
  try {
    if (cached) return fittingKey(cached, header)
  } catch {
    // Refetched below.
  }
  const { keys = [] } = (await (await fetch(uri)).json()) as { readonly keys?: JWK[] }
  state.clientKeys.set(uri, keys)
  return fittingKey(keys, header)
}

/** Hydra facts §2.8: by `kid` if there is one; only keys with `use: "sig"` of the algorithm's type count. */
function fittingKey(keys: readonly JWK[], { alg, kid }: Header): JWK {
  const problem = (hint: string): HydraError => protocolError('invalid_request', hint)
  if (keys.length === 0) throw problem('The retrieved JSON Web Key Set does not contain any key.')
  const named = kid === undefined ? keys : keys.filter(key => key.kid === kid)
  if (named.length === 0) {
    throw problem(`The JSON Web Token uses signing key with kid '${kid}', which could not be found.`)
  }
  const [kty, name] = alg.startsWith('ES') ? ['EC', 'ECDSA'] : ['RSA', 'RSA']
  const found = named.find(key => key.use === 'sig' && key.kty === kty)
  if (found) return found
  throw problem(
    `Unable to find ${name} public key with use='sig' for kid '${kid ?? ''}' in JSON Web Key Set.`,
  )
}

/** Hydra facts §9: by Hydra's clock, without any tolerance, and with an error that Hydra itself does not recognize. */
function verifyTimes(state: HydraState, { exp, iat, nbf }: JWTPayload): void {
  const now = secondsOf(state)
  const isFuture = [iat, nbf].some(time => time !== undefined && time > now)
  if (isFuture || (exp !== undefined && exp <= now)) throw unrecognizable()
}

function verifyClaims(state: HydraState, clientId: string, { iss, sub, aud, jti, exp }: JWTPayload): void {
  const mustMatch = (claim: string) =>
    refusal(`Claim '${claim}' from 'client_assertion' must match the 'client_id' of the OAuth 2.0 Client.`)
  if (iss !== clientId) throw mustMatch('iss')
  if (sub !== clientId) throw mustMatch('sub')
  if (!jti) throw refusal("Claim 'jti' from 'client_assertion' must be set but is not.")
  if (state.usedAssertions.has(jti)) {
    throw protocolError('jti_known', "Claim 'jti' from 'client_assertion' MUST only be used once.")
  }
  if (exp === undefined) {
    throw refusal(
      'Unable to type assert the expiry time from claims. This should not happen as we validate the expiry time already earlier with token.Claims.Valid()',
    )
  }
  state.usedAssertions.add(jti)
  refuseOtherAudience(`${state.issuer}/oauth2/token`, aud)
}

/** Hydra facts §2.8: the issuer alone is not enough. */
function refuseOtherAudience(tokenUrl: string, aud: JWTPayload['aud']): void {
  if ([aud].flat().includes(tokenUrl)) return
  throw refusal(
    `Claim 'audience' from 'client_assertion' must match the authorization server's token endpoint '${tokenUrl}'.`,
  )
}

function refusal(hint: string): HydraError {
  return protocolError('invalid_client', hint)
}
