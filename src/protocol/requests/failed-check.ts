import { showValue } from '../../vocabulary/clean-words.ts'
import { isObject, type JsonObject } from '../../vocabulary/json.ts'
import { isImpossible } from './impossible-times.ts'

/** A claim that a check refused, with what it should have been, if that is one value or a list. */
export interface RefusedClaim {
  readonly claim: string
  readonly claims: JsonObject
  readonly expected?: unknown
}

/** Says which check a claim did not pass, with what was expected and found where that is no secret. */
export function describeClaim({ claim, claims, expected }: RefusedClaim): string {
  const found = claims[claim]
  if (found === undefined) return `${claim} is missing`
  if (claim === 'nonce') return 'nonce is not the one of this sign-in'
  if (claim === 'sub') return 'sub is not usable'
  if (times.has(claim)) return describeTime(claim, found)
  if (claim === 'aud' && expected === undefined)
    return `aud names several audiences (${showValue(found)}), and azp does not name this app`
  return expected === undefined
    ? `${claim} has the wrong type`
    : `${claim} is ${showValue(found)} instead of ${showValue(expected)}`
}

const times: ReadonlySet<string> = new Set(['exp', 'nbf', 'iat', 'auth_time'])

function describeTime(claim: string, found: unknown): string {
  if (typeof found !== 'number') return `${claim} is not a number`
  if (isImpossible(found)) return `${claim} is later than the year 9999`
  const seconds = Math.round(found - Date.now() / 1_000)
  const when = seconds > 0 ? `${seconds} s in the future` : `${-seconds} s in the past`
  return claim === 'exp' ? `it has expired: exp is ${when}` : `${claim} is ${when}`
}

/**
 * Says in words which check of `openid-client` an answer did not pass, or `undefined` for other errors.
 *
 * @param tokenType - The type of access tokens that was asked for.
 */
export function failedCheck(error: Error, tokenType = 'Bearer'): string | undefined {
  if (!('code' in error) || !String(error.code).startsWith('OAUTH_')) return undefined
  const { cause, message } = error
  if (cause instanceof Response) return answerFault(String(error.code), cause)
  if (cause instanceof Error && !isObject(cause.cause)) return jwtFaults[cause.message]
  return cause instanceof Error
    ? describeCheck(cause.message, cause.cause as JsonObject, tokenType)
    : jwtFaults[message]
}

function answerFault(code: string, { headers, status }: Response): string | undefined {
  if (code !== 'OAUTH_RESPONSE_IS_NOT_JSON') return undefined
  const type = headers.get('content-type')
  return `the answer is not JSON: HTTP ${status} with the Content-Type ${showValue(type ?? undefined)}`
}

const notSigned = 'it is not a signed JWT'

const jwtFaults: Readonly<Record<string, string>> = {
  'Invalid JWT': notSigned,
  'JWT Header must be a top level object': notSigned,
  'JWT Payload must be a top level object': notSigned,
  'failed to parse JWT Header body as base64url encoded JSON': notSigned,
  'failed to parse JWT Payload body as base64url encoded JSON': notSigned,
}

/** The details are what `oauth4webapi` carries: the claims, the header or the body, and which part of it was refused. */
function describeCheck(message: string, details: JsonObject, tokenType: string): string | undefined {
  const { claims, claim, expected, header, body } = details
  const [, named = ''] = /"(\w+)" (?:\(|property|claim|header)/.exec(message) ?? []
  if (isObject(claims)) {
    if (claim === undefined && claims[named] !== undefined) return `${named} has the wrong type`
    return describeClaim({ claim: typeof claim === 'string' ? claim : named, claims, expected })
  }
  if (isObject(header)) return describeHeader(header, expected)
  if (!isObject(body)) return undefined
  if (message.includes('token_type'))
    return `token_type is ${showValue(body['token_type'])} instead of "${tokenType}"`
  return named === ''
    ? undefined
    : `${named} ${body[named] === undefined ? 'is missing' : 'has the wrong type'}`
}

function describeHeader({ alg, crit }: JsonObject, expected: unknown): string {
  if (crit !== undefined && expected === undefined) return 'its header has crit'
  const accepted = Array.isArray(expected) ? expected.filter(isAccepted) : expected
  return `alg is ${showValue(alg)} instead of ${showValue(accepted)}`
}

/** Providers may list `none` and algorithms with a secret, which are never accepted. */
function isAccepted(algorithm: unknown): boolean {
  return !/^(none$|HS)/.test(String(algorithm))
}
