import { certificateProblem } from '../../protocol/provider/client-assertion.ts'
import {
  findBroken,
  namesKeys,
  readClientMetadata,
} from '../../protocol/registration/client-metadata-rules.ts'
import { findUnsupported } from '../../protocol/registration/supported-metadata.ts'
import { isObject } from '../../vocabulary/json.ts'
import type { RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import type { StaticClient } from './client-options.ts'
import { optionError } from './option-error.ts'
import { serverUrl } from './parse-addresses.ts'
import { accept, func, members, type Parser, seconds, text } from './parser.ts'

const isSecret = (value: unknown): value is string | (() => string | Promise<string>) =>
  (typeof value === 'string' && value !== '') || typeof value === 'function'

const parseClient = members({
  clientId: text,
  clientSecret: accept(isSecret, 'must be a string that is not empty, or a function that returns one'),
  privateKey: accept(isObject, 'must be an object'),
  certificate: text,
  assertion: func<() => string | Promise<string>>(),
  authenticationMethod: accept(
    value =>
      value === 'client_secret_basic' ||
      value === 'client_secret_post' ||
      value === 'private_key_jwt' ||
      value === 'none',
    'must be client_secret_basic or client_secret_post or private_key_jwt or none',
  ),
})

/** A client that was made by hand has the credentials of exactly one method. */
export const client: Parser<StaticClient> = (value, path) => {
  const given = parseClient(value, path)
  const { clientId, clientSecret, privateKey, certificate, assertion, authenticationMethod: method } = given
  if (!clientId) throw optionError(`${path}.clientId`, 'is required')
  if ([clientSecret, privateKey, assertion].filter(credential => credential !== undefined).length > 1)
    throw optionError(
      path,
      'must contain a secret or a private key or an assertion, not more than one of them',
    )
  const matching = privateKey || assertion ? /^private_key_jwt$/ : clientSecret ? /^client_secret_/ : /^none$/
  if (method !== undefined && !matching.test(method))
    throw optionError(
      `${path}.authenticationMethod`,
      'must match the credentials: client_secret_basic or client_secret_post for a secret, private_key_jwt for a privateKey or an assertion, none without any',
    )
  verifyCertificate(certificate, privateKey, `${path}.certificate`)
  const copied = privateKey ? { ...given, privateKey: structuredClone(privateKey) } : given
  return Object.freeze(
    Object.fromEntries(Object.entries(copied).filter(([, member]) => member !== undefined)),
  ) as StaticClient
}

function verifyCertificate(
  certificate: string | undefined,
  privateKey: object | undefined,
  path: string,
): void {
  if (certificate === undefined) return
  const problem = privateKey ? certificateProblem({ ...privateKey }, certificate) : 'needs a privateKey'
  if (problem) throw optionError(path, problem)
}

const isLifetime = (value: unknown): value is number =>
  typeof value === 'number' && value >= 10 && value <= 600

const assertionAudience = accept(
  value => value === 'issuer' || value === 'token_endpoint',
  'must be issuer or token_endpoint',
)

export const clientAssertions = members({
  audience: assertionAudience,
  lifetime: seconds(60, isLifetime, 'must be a number of seconds, at least 10 and at most 600'),
})

export const metadata: Parser<RequestedMetadata> = (value = {}, path) => {
  if (!isObject(value)) throw optionError(path, 'must be an object')
  if (namesKeys(value))
    throw optionError(path, 'must not contain jwks or jwks_uri: the app creates and rotates its own keys')
  if (value['redirect_uris'] === null)
    throw optionError(`${path}.redirect_uris`, 'must not be null: without it, no user can sign in')
  const { backchannelLogoutUri } = readClientMetadata(value)
  serverUrl(backchannelLogoutUri ?? undefined, `${path}.backchannel_logout_uri`)
  const asked = Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null))
  const unsupported = findUnsupported(value) ?? findBroken(asked)
  if (unsupported) throw optionError(`${path}.${unsupported.member}`, unsupported.rule)
  return Object.freeze(structuredClone(value))
}
