import { expect, test } from 'vitest'
import { buildSettings } from '../../../src/relying-party/options/settings.ts'
import { refusalOf, settingsOf } from '../../support/settings.ts'

const main = 'https://shop.example/app'

test.each([
  ['none', [], 'options.baseUrl must contain at least one URL'],
  ['an http address', [main, 'http://b.example/app'], 'options.baseUrl[1] must use https'],
  ['no URL', [main, 'b.example'], 'options.baseUrl[1] must be an absolute URL'],
  ['no text', [main, 7], 'options.baseUrl[1] must be a string'],
  ['an empty one', [main, ''], 'options.baseUrl[1] is required'],
  ['a query', [main, 'https://b.example/app?a=b'], 'options.baseUrl[1] must have neither a query'],
  [
    'another path',
    [main, 'https://b.example'],
    `options.baseUrl[1] must have the same path as the first URL, ${main}`,
  ],
  [
    'the same twice',
    [main, 'https://b.example/app', `${main}/`],
    `options.baseUrl[2] must not repeat ${main}`,
  ],
])('a list of base URLs with %s is refused', (_, baseUrl, message) => {
  const refusal = refusalOf({ baseUrl })
  expect(refusal.code).toBe('ERR_OIDC_INVALID_OPTION')
  expect(refusal.message).toContain(message)
})

test.each([
  ['in code', { baseUrl: [main, 'https://b.example/app/', 'http://localhost:3000/app'] }, {}],
  ['in the environment', {}, { BASE_URL: `${main}  https://b.example/app\nhttp://localhost:3000/app` }],
])('a list %s gives an address for each', (_, code, environment) => {
  const settings = buildSettings({ issuer: 'https://op.example', ...code }, environment)
  expect(settings).toMatchObject({ baseUrl: main, secure: true, redirectUri: `${main}/callback` })
  expect(settings.addresses.map(({ baseUrl, secure }) => [baseUrl, secure])).toEqual([
    [main, true],
    ['https://b.example/app', true],
    ['http://localhost:3000/app', false],
  ])
})

test('metadata must contain the addresses of all base URLs', () => {
  const baseUrl = ['https://a.example', 'https://b.example']
  const [a, b] = baseUrl.map(base => `${base}/callback`)
  expect(refusalOf({ baseUrl, metadata: { redirect_uris: [a] } }).message).toContain(`must contain ${b}`)
  expect(settingsOf({ baseUrl, metadata: { redirect_uris: [b, a] } }).addresses).toHaveLength(2)
})
