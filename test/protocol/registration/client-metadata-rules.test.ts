import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OAuth2Client, OidcError } from '../../../src/index.ts'
import { verifyClientMetadata } from '../../../src/protocol/registration/client-metadata-rules.ts'

/** What is wrong with a value that is about to be sent; `undefined` if nothing is. */
function problemWith(
  member: string,
  value: unknown,
  operation: 'create' | 'set' = 'create',
): string | undefined {
  try {
    verifyClientMetadata({ [member]: value }, operation)
    return undefined
  } catch (error) {
    expect((error as OidcError).code).toBe('ERR_OIDC_CLIENT_METADATA_INVALID')
    return (error as OidcError).message
  }
}

/** Refused in a sentence that names the member, and repeats no value. */
function expectRefused(member: string, value: unknown, rule: string | RegExp): void {
  const problem = problemWith(member, value)
  expect(problem).toMatch(rule)
  expect(problem).toMatch(new RegExp(`^${member} .*\\.$`))
  if (typeof value === 'string' && value.length > 6) expect(problem).not.toContain(value)
}

const LIFESPAN = 'authorization_code_grant_access_token_lifespan'
const units = ['ns', 'us', 'ms', 's', 'm', 'h']
const duration = fc
  .array(fc.tuple(fc.stringMatching(/^[0-9]{1,9}$/), fc.constantFrom(...units)), {
    minLength: 1,
    maxLength: 6,
  })
  .map(parts => parts.flat().join(''))

describe('a lifespan', () => {
  test('is what Go’s pattern takes', () => {
    fc.assert(
      fc.property(duration, value => {
        expect(problemWith(LIFESPAN, value)).toBeUndefined()
      }),
    )
  })

  test('is nothing else', () => {
    const near = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[0-9nsumh. -]{0,12}$/),
      duration.map(value => ` ${value}`),
    )
    const isGo = (value: string): boolean => /^([0-9]+(ns|us|ms|s|m|h))+$/.test(value)
    fc.assert(
      fc.property(near, value => {
        expect(problemWith(LIFESPAN, value) === undefined).toBe(isGo(value))
      }),
    )
  })

  test.each(['1h30m', '720h', '500ms', '0s', '1h1h', '00007m', '1us2ns'])('may be %j', value => {
    expect(problemWith(LIFESPAN, value)).toBeUndefined()
  })

  test.each([
    '',
    '1',
    'h',
    '1d',
    '1.5h',
    '-1h',
    '+1h',
    '1H',
    '1h ',
    ' 1h',
    '1h\n',
    '1 h',
    '١h',
    '1µs',
    3600,
    null,
    ['1h'],
  ])('may not be %j', value => expectRefused(LIFESPAN, value, /must be a duration such as 1h30m/))

  test('is checked in time that grows with its length alone', () => {
    const began = performance.now()
    expectRefused(LIFESPAN, `${'1ms'.repeat(100_000)}!`, /duration/)
    expect(performance.now() - began).toBeLessThan(500)
  })
})

const URI = /absolute URI without fragment/
const WEB = /absolute URI without fragment|http or https URL/
const lists = ['redirect_uris', 'post_logout_redirect_uris']
const webs = [
  'backchannel_logout_uri',
  'client_uri',
  'frontchannel_logout_uri',
  'jwks_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
]

describe.each(lists)('%s', member => {
  test.each(['https://app.example/cb?x=1', 'http://127.0.0.1:8080/cb', 'com.example.app:/cb'])(
    'may hold %s',
    uri => expect(problemWith(member, [uri])).toBeUndefined(),
  )

  test.each([
    '/cb',
    'app.example/cb',
    'https://app.example/cb#x',
    'https://app.example/cb#',
    'https://',
    ' https://app.example/cb',
    'https://app.example/cb\n',
    'https://app.ex\tample/cb',
    'https://app.example/a b',
    'https:app.example/cb',
    'https:\\\\app.example\\cb',
    'javascript:alert(1)',
    'data:text/html,x',
    7,
    null,
  ])('may not hold %j', uri => expectRefused(member, [uri], URI))

  test.for(['https://app.example/cb', {}, null])('is a list, not %j', value =>
    expectRefused(member, value, /must be an array/),
  )

  test('names the wrong one among right ones', () =>
    expectRefused(member, ['https://app.example/', '/cb'], URI))
})

describe.each(webs)('%s', member => {
  test.each(['https://app.example/x', 'http://localhost:1/x', 'HTTPS://APP.EXAMPLE/'])('may be %s', uri =>
    expect(problemWith(member, uri)).toBeUndefined(),
  )

  test.each([
    'app.example',
    'ftp://app.example/',
    'javascript:alert(1)',
    'https://app.example/#x',
    'https://app.example/ ',
    '',
    7,
    [],
  ])('may not be %j', uri => expectRefused(member, uri, WEB))
})

describe('sector_identifier_uri', () => {
  test('is https', () => {
    expect(problemWith('sector_identifier_uri', 'https://app.example/sector.json')).toBeUndefined()
    expectRefused('sector_identifier_uri', 'http://app.example/sector.json', /https URL/)
    expectRefused('sector_identifier_uri', 'http://localhost/sector.json', /https URL/)
  })
})

describe('allowed_cors_origins', () => {
  test.each(['https://app.example', 'http://localhost:3000'])('may hold %s', origin =>
    expect(problemWith('allowed_cors_origins', [origin])).toBeUndefined(),
  )

  test.each([
    'https://app.example/',
    'https://app.example/x',
    '*',
    'null',
    'app.example',
    'https://*.app.example/',
    'ftp://app.example',
  ])('may not hold %s', origin =>
    expectRefused('allowed_cors_origins', [origin], /origin|http or https|absolute/),
  )
})

describe('keys', () => {
  const jwks = { keys: [{ kty: 'RSA' }] }

  test('come in jwks or by jwks_uri, not both', () => {
    const jwks_uri = 'https://app.example/jwks'
    const both: OAuth2Client = { jwks, jwks_uri }
    expect(() => verifyClientMetadata(both, 'create')).toThrow(/jwks and jwks_uri cannot both be set/)
    expect(() => verifyClientMetadata({ jwks_uri }, 'create')).not.toThrow()
    expect(() => verifyClientMetadata({ jwks }, 'create')).not.toThrow()
  })

  test.each([{}, [], null, 'keys', { keys: {} }])('are no JWK Set in %j', value =>
    expectRefused('jwks', value, /must be a JWK Set/),
  )

  test.each([
    { kty: 'RSA', d: 'x' },
    { kty: 'EC', d: 'x' },
    { kty: 'oct', k: 'x' },
  ])('are public: %j is not sent', key => expectRefused('jwks', { keys: [key] }, /private|secret|public/))
})
