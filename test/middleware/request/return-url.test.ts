import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildReturnUrl } from '../../../src/middleware/request/return-url.ts'
import { settingsOf } from '../../support/settings.ts'
import { plainPayloads, redirectPayloads } from '../../support/sign-in/redirect-payloads.ts'

const atRoot = settingsOf({ baseUrl: 'https://app.test' })
const atPath = settingsOf({ baseUrl: 'https://app.test:8443/shop' })
const onLoopback = settingsOf({ baseUrl: 'http://localhost:3000' })
const all = [atRoot, atPath, onLoopback]

/** Where a browser that is at the callback goes when it is told to go there, after cleaning the header as browsers do. */
function destination(location: string, baseUrl: string): URL {
  const cleaned = location.replace(/[\t\n\r]/g, '').replace(/^[\0- ]+|[\0- ]+$/g, '')
  return new URL(cleaned, `${baseUrl}/callback?code=a`)
}

function expectOwn(path: unknown): void {
  for (const settings of all) {
    const emitted = buildReturnUrl(path, settings)
    const base = new URL(settings.baseUrl)
    expect(destination(emitted, settings.baseUrl).origin).toBe(base.origin)
    expect(emitted.startsWith(`${base.origin}/`)).toBe(true)
    expect(emitted.startsWith(`${base.origin}//`)).toBe(false)
    expect(emitted).toMatch(/^[!-~]+$/)
    expect(new URL(emitted).href).toBe(emitted)
    expect(buildReturnUrl(emitted.slice(base.origin.length), settings)).toBe(emitted)
  }
}

test('knows more than 150 ways to ask for another site', () => {
  expect(plainPayloads).toBeGreaterThan(150)
  expect(new Set(redirectPayloads).size).toBe(redirectPayloads.length)
})

test.each(redirectPayloads.map(payload => [JSON.stringify(payload).slice(0, 60), payload]))(
  'leads %s to this app',
  (_, payload) => expectOwn(payload),
)

test.each([undefined, null, 7, true, ['/a', '/b'], { path: '/a' }, Symbol('a')])(
  'leads %o, which is no path, to the start page',
  value => {
    for (const settings of all) expect(buildReturnUrl(value, settings)).toBe(`${settings.baseUrl}/`)
  },
)

test.each([
  'profile',
  './profile',
  '?a=b',
  '#a',
  'https://app.test/profile',
  '/a\\b',
  '/a\tb',
  '/a\n',
  ' /a',
  '/a ',
  '/a\0',
])('leads %j, which not everybody reads as the same path, to the start page', path =>
  expect(buildReturnUrl(path, atRoot)).toBe('https://app.test/'),
)

test('leads a path of more than 2,048 characters to the start page', () => {
  expect(buildReturnUrl(`/${'a'.repeat(2_047)}`, atRoot)).toHaveLength('https://app.test'.length + 2_048)
  expect(buildReturnUrl(`/${'a'.repeat(2_048)}`, atRoot)).toBe('https://app.test/')
})

describe('whatever is asked for, this app is where it ends', () => {
  const runs = { numRuns: 2_000 }
  const character = fc.constantFrom(
    ...'/\\.:@%?#aeiltv'.split(''),
    '%2f',
    '%5c',
    '%2e',
    '..',
    '//',
    '\t',
    '\n',
    ' ',
    'evil.test',
  )
  const hostile = fc.array(character, { maxLength: 24 }).map(parts => parts.join(''))

  test('for absolute URLs', () => {
    const url = fc.webUrl({
      withQueryParameters: true,
      withFragments: true,
      validSchemes: ['http', 'https', 'ftp'],
    })
    fc.assert(fc.property(url, expectOwn), runs)
    fc.assert(
      fc.property(url, given => expectOwn(given.replace(/^\w+:/, ''))),
      runs,
    )
  })

  test('for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), expectOwn), runs)
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => expectOwn(`/${text}`)),
      runs,
    )
  })

  test('for text made of what URLs are made of', () => {
    fc.assert(fc.property(hostile, expectOwn), runs)
    fc.assert(
      fc.property(hostile, text => expectOwn(`/${text}`)),
      runs,
    )
  })

  test('for values of any other type', () => {
    fc.assert(fc.property(fc.anything(), expectOwn), runs)
  })
})

describe('a path of this app', () => {
  const good = [
    '/',
    '/profile',
    '/profile/',
    '/a/b.c/d~e-f_g',
    '/search?q=a%20b&page=2&q=c',
    '/search?next=https://evil.test/',
    '/search?next=//evil.test',
    '/a?',
    '/page#section',
    '/page?a=b#c?d',
    '/x//y',
    '/%E5%90%8D%E5%89%8D',
    '/a%2Fb',
    '/a%2F%2Fb',
    '/a:b@c',
    '/a;b=c,d',
    '/login-help',
    '/login/help',
    '/callbacks',
    `/${'a'.repeat(2_000)}`,
  ]

  test.each(good.map(path => [path.slice(0, 60), path]))('stays as it is: %s', (_, path) => {
    expect(buildReturnUrl(path, atRoot)).toBe(`https://app.test${path}`)
    expect(buildReturnUrl(`/shop${path}`, atPath)).toBe(`https://app.test:8443/shop${path}`)
  })

  test('is written in ASCII', () => {
    expect(buildReturnUrl('/名前?q=ü#é', atRoot)).toBe('https://app.test/%E5%90%8D%E5%89%8D?q=%C3%BC#%C3%A9')
  })

  test('keeps path, query and fragment, whatever they are', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9~_-]{1,8}$/)
    const path = fc
      .array(segment, { minLength: 1, maxLength: 5 })
      .map(segments => `/page/${segments.join('/')}`)
    const query = fc.stringMatching(/^(\?[A-Za-z0-9=&%20:/?@-]{0,20})?$/)
    fc.assert(
      fc.property(path, query, fc.stringMatching(/^(#[A-Za-z0-9:/?@-]{0,20})?$/), (...parts) => {
        expect(buildReturnUrl(parts.join(''), atRoot)).toBe(`https://app.test${parts.join('')}`)
      }),
    )
  })
})

describe("a return to one of the middleware's own routes", () => {
  const own = ['/login', '/callback', '/logout', '/logout/callback']
  const spellings = (path: string): string[] => [
    path,
    `${path}?returnTo=/a`,
    `${path}#a`,
    `/x/..${path}`,
    `${path}/`,
    path.toUpperCase(),
    `/.${path}`,
  ]

  test.each(own.flatMap(spellings))('leads from %s to the start page', path => {
    expect(buildReturnUrl(path, atRoot)).toBe('https://app.test/')
    expect(buildReturnUrl(`/shop${path}`, atPath)).toBe('https://app.test:8443/shop/')
  })

  test('follows the routes that the app chose', () => {
    const settings = settingsOf({ routes: { login: '/in', logout: false } })
    expect(buildReturnUrl('/in', settings)).toBe('https://app.test/')
    expect(buildReturnUrl('/login', settings)).toBe('https://app.test/login')
    expect(buildReturnUrl('/logout', settings)).toBe('https://app.test/logout')
  })
})
