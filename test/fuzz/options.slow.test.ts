import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  allOf,
  anyOf,
  embeddedStore,
  memoryStore,
  not,
  OidcApi,
  requireAcr,
  requireAmr,
  requireClaims,
  requireRecentLogin,
  requireRoles,
  requireScopes,
  requireThat,
  requireUser,
  requireVot,
  sealedStore,
  signedClientSecret,
  withUser,
} from '../../src/index.ts'
import { postgresStore } from '../../src/postgres.ts'
import { redisStore } from '../../src/redis.ts'
import { optionTable } from '../../src/relying-party/options/option-table.ts'
import { signedIn } from '../../src/testing/signed-in.ts'
import { expectOidcError } from '../support/fuzz/oracle.ts'
import { fuzz, fuzzTest, LONGEST, type Outcome } from '../support/fuzz/property.ts'
import { anyValue, changed, changesOf } from '../support/fuzz/values.ts'
import { settingsOf } from '../support/settings.ts'

/** Whether a call is fine, or names what is wrong. */
function outcomeOf(call: () => unknown, named: RegExp): Outcome {
  try {
    call()
    return 'accepted'
  } catch (error) {
    expectOidcError(error)
    expect(error.code).toMatch(/^ERR_OIDC_(INVALID_OPTION|CLIENT_METADATA_INVALID)$/)
    expect(error.message).toMatch(named)
    return 'refused'
  }
}

const names = Object.keys(optionTable)

fuzzTest<readonly [string, unknown]>('options of any type', {
  inputs: fc.tuple(fc.constantFrom(...names, '__proto__', 'constructor'), anyValue),
  twins: [
    ['scope', 'openid'],
    ['log', false],
  ],
  runs: 1_000,
  attempt: ([name, value]) =>
    outcomeOf(() => settingsOf(Object.fromEntries([[name, value]])), new RegExp(`options\\.${name}\\b`)),
})

const objects: Readonly<Record<string, object>> = {
  client: { clientId: 'a', clientSecret: 'b' },
  routes: { login: '/in', callback: '/back' },
  bearer: { audience: 'https://api.test' },
  userInfo: { when: 'lazily', required: true },
  endpoints: { token_endpoint: 'https://op.test/token' },
  metadata: {
    client_name: 'App',
    contacts: ['a@app.test'],
    redirect_uris: ['https://app.test/callback'],
    scope: 'openid profile email',
  },
  clientAssertions: { audience: 'issuer', lifetime: 60 },
  authorizationParameters: { prompt: 'login', claims: { id_token: {} } },
  tokenEndpointParameters: { audience: 'api' },
  logoutParameters: { ui_locales: 'de' },
}

for (const [name, right] of Object.entries(objects))
  fuzzTest(`members of any type of options.${name}`, {
    inputs: changesOf([...Object.keys(right), 'anything', '__proto__'], anyValue),
    twins: [[]],
    runs: 100,
    attempt: changes =>
      outcomeOf(() => settingsOf({ [name]: changed(right, changes) }), new RegExp(`options\\.${name}\\b`)),
  })

test('the options themselves, of any type', { timeout: LONGEST }, () =>
  fuzz<unknown>('the options themselves', {
    inputs: fc.oneof(anyValue, fc.dictionary(fc.string(), anyValue)),
    twins: [{}],
    runs: 300,
    attempt: value =>
      outcomeOf(
        () => (typeof value === 'object' && value !== null ? settingsOf(value) : build(value)),
        /options/,
      ),
  }),
)

const build = (value: unknown): unknown => settingsOf(value as object)

type Factory = (...given: never[]) => unknown
const client = { sendCommand: async () => 'OK' }
const pool = { query: async () => ({ rows: [] }) }
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
const key = Buffer.from(crypto.getRandomValues(new Uint8Array(32)))

const factories: readonly (readonly [name: string, make: Factory, right: readonly unknown[]])[] = [
  ['redisStore', redisStore, [client, { prefix: 'a:' }]],
  ['postgresStore', postgresStore, [pool, { table: 'a' }]],
  ['sealedStore', sealedStore, [memoryStore(), [key], { allowUnsealed: true }]],
  ['embeddedStore', embeddedStore, ['/tmp/never-made']],
  ['OidcApi', options => new OidcApi(options), [{ issuer: 'https://op.test' }]],
  ['requireUser', requireUser, [{}]],
  ['requireClaims', requireClaims, [{ roles: 'admin' }, {}]],
  ['requireRoles', requireRoles, ['admin', { at: 'roles' }]],
  ['requireScopes', requireScopes, ['read', {}]],
  ['requireAcr', requireAcr, ['gold', {}]],
  ['requireAmr', requireAmr, ['mfa', {}]],
  ['requireVot', requireVot, ['P1', {}]],
  ['requireRecentLogin', requireRecentLogin, [{ maxAge: 60 }, {}]],
  ['requireThat', requireThat, [() => true, {}]],
  ['anyOf', anyOf, [requireUser(), requireUser()]],
  ['allOf', allOf, [requireUser(), requireUser()]],
  ['not', not, [requireUser()]],
  ['withUser', withUser, [() => undefined]],
  ['signedIn', signedIn, [{ sub: 'a' }, { scope: 'openid' }]],
  [
    'signedClientSecret',
    signedClientSecret,
    [{ clientId: 'a', issuer: 'b', audience: 'c', keyId: 'd', privateKey: pem, lifetime: 60 }],
  ],
]

/** Another value for one of the arguments, or for a member of one that is an object. */
const argument = fc.record({
  index: fc.nat(2),
  member: fc.option(fc.nat(3), { nil: undefined }),
  value: anyValue,
})

for (const [name, make, right] of factories)
  fuzzTest<
    { readonly index: number; readonly member: number | undefined; readonly value: unknown } | undefined
  >(`arguments of any type of ${name}()`, {
    inputs: argument,
    twins: [undefined],
    runs: 100,
    attempt(given): Outcome {
      const args =
        given === undefined
          ? right
          : right.map((arg, index) => (index === given.index % right.length ? other(arg, given) : arg))
      return outcomeOf(() => make(...(args as never[])), new RegExp(name === 'OidcApi' ? 'options' : name))
    },
  })

function other(
  arg: unknown,
  { member, value }: { readonly member: number | undefined; readonly value: unknown },
): unknown {
  if (member === undefined || typeof arg !== 'object' || arg === null || Array.isArray(arg)) return value
  const members = Object.keys(arg)
  const name = members[member % Math.max(1, members.length)] ?? 'anything'
  return { ...arg, [name]: value }
}
