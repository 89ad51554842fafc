import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { OidcError, relyingParty } from '../../../src/index.ts'
import { buildSettings } from '../../../src/relying-party/options/settings.ts'
import { canary, wrongMembers, wrongTypes } from '../../support/options/wrong-options.ts'
import { enough, refusalOf, settingsOf } from '../../support/settings.ts'

test.each(
  Object.entries(wrongTypes).flatMap(([option, [rule, values]]) =>
    values.map(value => [option, inspect(value, { breakLength: Infinity }), rule, value] as const),
  ),
)('refuses as options.%s the value %s: it %s', (option, _, rule, value) => {
  const refusal = refusalOf({ [option]: value })
  expect(refusal).toBeInstanceOf(OidcError)
  expect(refusal).toMatchObject({ code: 'ERR_OIDC_INVALID_OPTION', status: 500 })
  expect(refusal.message).toMatch(new RegExp(`^options\\.${option} `))
  expect(refusal.message).toContain(rule)
  expect(inspect(refusal)).not.toContain(canary)
})

test.each(wrongMembers)('refuses a wrong options.%s: it %s', (path, rule, options) => {
  const refusal = refusalOf(options)
  expect(refusal).toMatchObject({ code: 'ERR_OIDC_INVALID_OPTION' })
  expect(refusal.message).toContain(`options.${path} ${rule}`)
  expect(inspect(refusal)).not.toContain(canary)
})

test('tests every option for a wrong type', () => {
  const listed = refusalOf({ zzzzzzzzzzzzz: 1 }).message.split('The options are ')[1] ?? ''
  expect(Object.keys(wrongTypes).sort()).toEqual(listed.replace(/\.$/, '').split(', ').sort())
})

test.each([
  ['issuerBaseURL', 'issuer'],
  ['issuerUrl', 'issuer'],
  ['isuer', 'issuer'],
  ['baseURL', 'baseUrl'],
  ['baseurl', 'baseUrl'],
  ['appBaseUrl', 'baseUrl'],
  ['clientID', 'client.clientId'],
  ['clientId', 'client.clientId'],
  ['clientSecret', 'client.clientSecret'],
  ['authorizationParams', 'authorizationParameters'],
  ['scopes', 'scope'],
  ['route', 'routes'],
  ['stor', 'store'],
  ['onerror', 'onError'],
  ['absoluteLifeTime', 'absoluteLifetime'],
])('refuses the name %s and suggests options.%s', (name, meant) => {
  const { message } = refusalOf({ [name]: canary })
  expect(message).toBe(`options.${name} is not an option. Did you mean options.${meant}?`)
})

test.each(['toString', 'constructor', 'hasOwnProperty', '__proto__'])('refuses the name %s', name => {
  expect(refusalOf({ ...JSON.parse(`{"${name}":1}`) }).message).toContain(`options.${name} is not an option`)
})

describe('the object of options', () => {
  test.each([
    ['no argument', undefined],
    ['{}', {}],
    ['an object without a prototype', Object.create(null)],
    ['an object of undefined members', { issuer: undefined, baseUrl: undefined }],
  ])('asks for the issuer when it is %s', (_, options) => {
    expect(() => relyingParty(options)).toThrow(
      'options.issuer is required. Set it in code, or as ISSUER_BASE_URL in the environment.',
    )
  })

  test.each([
    ['null', null],
    ['a string', canary],
    ['a number', 7],
    ['an array', [canary]],
  ])('is refused when it is %s', (_, options) => {
    expect(() => relyingParty(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OIDC_INVALID_OPTION', message: 'options must be an object.' }),
    )
  })

  test('may have no prototype', () => {
    const options = Object.assign(Object.create(null), enough, { scope: 'openid' })
    expect(buildSettings(options, {}).scope).toBe('openid')
  })

  test('may say undefined for what it leaves out', () => {
    const names = Object.keys(wrongTypes).filter(name => !(name in enough))
    const undefinedOnes = Object.fromEntries(names.map(name => [name, undefined]))
    const { log: _, ...settings } = settingsOf(undefinedOnes)
    const { log: __, ...expected } = settingsOf({})
    expect(inspect(settings, { depth: 9 })).toBe(inspect(expected, { depth: 9 }))
  })

  test('is not written to, and not kept', () => {
    const options = {
      ...enough,
      metadata: { contacts: ['a@b.test'] },
      routes: { login: '/in' },
      authorizationParameters: { audience: 'api' },
      endpoints: {},
    }
    const before = structuredClone({ ...options, store: undefined })
    const settings = buildSettings(options, {})
    expect({ ...options, store: undefined }).toEqual(before)
    options.routes.login = '/elsewhere'
    options.authorizationParameters.audience = 'another'
    options.metadata.contacts.push('c@d.test')
    expect(settings.routes.login).toBe('/in')
    expect(settings.authorizationParameters.fixed).toEqual({ audience: 'api' })
    expect(settings.metadata['contacts']).toEqual(['a@b.test'])
  })

  test('becomes settings that are frozen', () => {
    const client = { clientId: 'a' }
    const settings = settingsOf({ client, endpoints: {} })
    client.clientId = 'b'
    expect(settings.client).toEqual({ clientId: 'a' })
    expect(settings).toSatisfy(Object.isFrozen)
    for (const name of [
      'client',
      'metadata',
      'routes',
      'endpoints',
      'authorizationParameters',
      'store',
    ] as const)
      expect(settings[name]).toSatisfy(Object.isFrozen)
  })
})
