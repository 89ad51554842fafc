import type { FlattenedJWSInput, JSONWebKeySet, JWK, JWTVerifyGetKey } from 'jose'
import * as errors from 'jose/errors'
import { createLocalJWKSet } from 'jose/jwks/local'
import { isObject, parseJson } from '../../vocabulary/json.ts'
import { isIssuerOf } from '../metadata/issuer-template.ts'

/**
 * Finds the key of a token. A key that names an issuer verifies only that issuer's tokens: where several issuers publish their keys
 * in one document, none of them can sign for another.
 */
export function findByIssuer({ keys }: JSONWebKeySet): JWTVerifyGetKey {
  const bound = keys.filter(isBound)
  if (bound.length === 0) return createLocalJWKSet({ keys })
  const sets = new Map<string, ReturnType<typeof createLocalJWKSet>>()
  return async (header, token) => {
    const issuer = issuerOf(token)
    const fitting = keys.filter(
      key => !isBound(key) || isIssuerOf(String(Reflect.get(key, 'issuer')), issuer),
    )
    if (fitting.length === 0) throw new errors.JWKSNoMatchingKey()
    const name = fitting.map(key => keys.indexOf(key)).join()
    const find = sets.get(name) ?? createLocalJWKSet({ keys: fitting })
    sets.set(name, find)
    return find(header, token)
  }
}

function isBound(key: JWK): boolean {
  return Object.hasOwn(key, 'issuer')
}

/** The issuer that a token claims. It is compared afterwards, when the signature has been verified. */
function issuerOf({ payload }: FlattenedJWSInput): unknown {
  const text = typeof payload === 'string' ? Buffer.from(payload, 'base64url').toString() : ''
  const claims = parseJson(text)
  return isObject(claims) ? claims['iss'] : undefined
}
