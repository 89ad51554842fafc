import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { isClientRecord } from '../../../src/relying-party/record/client-record-shape.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'kid', alg: 'ES256', use: 'sig' }
const granted = {
  client_id: 'client-1',
  client_secret: 'secret',
  client_secret_expires_at: 0,
  grant_types: ['authorization_code'],
  id_token_signed_response_alg: 'RS256',
  jwks: { keys: [key] },
  post_logout_redirect_uris: ['https://app.example/logout/callback'],
  redirect_uris: ['https://app.example/callback'],
  registration_access_token: 'token',
  registration_client_uri: 'https://op.example/register/client-1',
  response_types: ['code'],
  scope: 'openid',
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'ES256',
  userinfo_signed_response_alg: 'none',
}
const client = {
  clientId: 'client-1',
  generation: 1,
  asked: 'asked',
  needs: { scope: 'openid' },
  granted,
  requestedMethod: 'private_key_jwt',
  registeredAt: 1,
  rotatedAt: 1,
  privateKey: key,
  nextKey: key,
  formerKeys: [{ key, replacedAt: 1 }],
  repairedAt: 1,
  nextSecret: 'secret',
}
const record = {
  format: 1,
  id: 'id',
  before: ['before'],
  issuer: 'https://op.example',
  name: 'default',
  current: client,
  retiring: [{ ...client, until: 1 }],
  pending: { asked: 'asked', needs: {}, privateKey: key, begunAt: 1, requested: {}, granted },
  refused: [{ ask: 'ask', at: 1, reason: 'reason' }],
  failures: 1,
  superseded: [{ asked: 'asked', at: 1, draining: { needs: {}, until: 1 } }],
  keepsSecret: true,
  healedAt: [1],
}

/** The material of a key, which is tried as a whole, and the key set of a client, which the library never looks into. */
const free = /\.(x|y|d|crv)$|\.jwks\./

type Path = readonly string[]

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inner = Object.entries(value).flatMap(([name, member]) => pathsIn(member, [...path, name]))
  return path.length === 0 ? inner : [path, ...inner]
}

function withChange(value: unknown, [first, ...rest]: Path, changed: unknown): unknown {
  if (first === undefined) return changed
  const inner = withChange(Reflect.get(Object(value), first), rest, changed)
  return Array.isArray(value) ? value.with(Number(first), inner) : { ...Object(value), [first]: inner }
}

const paths = pathsIn(record)
  .map(path => path.join('.'))
  .filter(path => !free.test(`.${path}`))

test('a client record with every member is one', () => {
  expect(isClientRecord(record)).toBe(true)
  expect(isClientRecord({ format: 1, id: 'id', before: [], issuer: 'a', name: 'b' })).toBe(true)
  expect(paths.length).toBeGreaterThan(80)
})

test.each(paths)('with %s of another type it is none', path => {
  for (const other of [7n, null]) // of no type that any member has
    expect(isClientRecord(withChange(record, path.split('.'), other))).toBe(false)
})

test.each(paths.filter(path => /At$|At\.\d$|\.at$|\.until$/.test(path)))(
  'with a %s that no clock can show it is none',
  path => {
    for (const time of [-1, -1e300, 8.64e15 + 1, 1e300])
      expect(isClientRecord(withChange(record, path.split('.'), time))).toBe(false)
  },
)

test('of a later format it is none', () => expect(isClientRecord({ ...record, format: 2 })).toBe(false))
