import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { OidcApiError, OidcError } from '../../../src/index.ts'
import { oidcErrorCodes, sentenceOf } from '../../../src/vocabulary/error-codes.ts'

const root = join(import.meta.dirname, '../../..')
const readText = (path: string): string =>
  existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : ''
const readme = readText('README.md')

/** Words that mean something only to who has built the app or the provider. */
const inside = /express|relyingParty|middleware|option|guard|metadata|ID token|OpenID|UserInfo|authorization/

/** The tests that can cause an error, and their tables. */
const causes = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts') && !path.startsWith('house'))
  .map(path => readText(join('test', path)))

/** The sections of docs/errors.md, in order. */
const sections = readText('docs/errors.md')
  .split(/^## /m)
  .slice(1)
  .map(text => ({ code: text.split('\n')[0], text }))

test('docs/errors.md has a section for each code, in the same order', () => {
  expect(sections.map(({ code }) => code)).toEqual(oidcErrorCodes)
})

test('docs/errors.md explains each status, and names only members that an error has', () => {
  const [intro = ''] = readText('docs/errors.md').split(/^## /m)
  const rows = [...intro.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, cell = '']) =>
    cell.split(', ').map(Number),
  )
  const statuses = new Set(oidcErrorCodes.map(code => new OidcError(code).status))
  expect(rows).toEqual([...statuses].toSorted((one, other) => one - other))
  const members = [...intro.matchAll(/^\| (`.+`) \|/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? [])
  const words = { error: 'server_error', description: 'The disk is full.', clientId: 'c1' }
  const error = new OidcError('ERR_OIDC_NOT_READY', { cause: new Error('the cause'), ...words })
  expect(members.filter(member => !(member in error))).toEqual([])
  expect(Object.keys(error).filter(member => member !== 'name' && !members.includes(member))).toEqual([])
})

test('README names only codes that exist, and all of them if it has a table of them', () => {
  const named: readonly string[] = readme.match(/ERR_OIDC_\w+/g) ?? []
  expect(named.filter(name => !oidcErrorCodes.some(code => code === name))).toEqual([])
  const rows = [...readme.matchAll(/^\| *`(ERR_OIDC_\w+)`/gm)].map(([, code]) => code)
  if (rows.length > 0) expect(rows).toEqual(oidcErrorCodes)
})

describe.each(oidcErrorCodes)('%s', code => {
  const error = new OidcError(code)
  const section = sections.find(candidate => candidate.code === code)?.text ?? ''

  test('is explained: status, cause, fix and, where there is one, specification', () => {
    const [, status] = /^HTTP status: (\d{3})\./m.exec(section) ?? []
    expect(Number(status)).toBe(error.status)
    const log = error.message === error.sentence ? '' : ` The log says: “${error.message}”`
    expect(section).toContain(`\nVisitors read: “${error.sentence}”${log}\n`)
    expect(section.indexOf('\n**Cause** ')).toBeGreaterThan(0)
    expect(section.indexOf('\n**Fix** ')).toBeGreaterThan(section.indexOf('\n**Cause** '))
    const [, specification] = /^\*\*Specification\*\* (.+)$/m.exec(section) ?? []
    const sources = /^\[[^\]]+\]\(https:\/\/(openid\.net|www\.rfc-editor\.org|expressjs\.com)\/[^)]+\)$/
    if (specification !== undefined) expect(specification).toMatch(sources)
  })

  test('has a status, and a sentence for anybody', () => {
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'OidcError', code, message: sentenceOf(code) })
    expect([400, 401, 403, 405, 429, 500, 502, 503]).toContain(error.status)
    for (const sentence of [error.sentence, error.message]) expect(sentence).toMatch(/^[A-Z].*[^.]\.$/)
    expect(error.sentence).not.toMatch(inside)
    expect(error.reference).toMatch(/^[0-9A-HJKMNP-TV-Z]{8}$/)
    expect(new OidcError(code).reference).not.toBe(error.reference)
    expect(error.retryAfter).toBe(error.status === 503 ? 5 : undefined)
  })

  test('is caused by a test', () => {
    expect(causes.filter(text => text.includes(code))).not.toEqual([])
  })

  test('says more to the operator than to a visitor', () => {
    const detailed = new OidcError(code, {
      message: 'The disk at /srv is full.',
      retryAfter: 30,
      error: 'server_error',
    })
    expect(detailed).toMatchObject({
      message: 'The disk at /srv is full.',
      retryAfter: 30,
      error: 'server_error',
    })
    expect(detailed.sentence).toBe(error.sentence)
  })

  test('prints nothing of its cause but name, message, code and stack', () => {
    const printed = inspect(new OidcError(code, { cause: leaky() }), { depth: Infinity, showHidden: true })
    for (const kept of ['TypeError', 'the outer reason', 'ERR_OUTER', 'the inner reason', 'at leaky'])
      expect(printed).toContain(kept)
    expect(printed).not.toContain('canary')
    expect(JSON.stringify(new OidcError(code, { cause: leaky() }))).not.toContain('canary')
  })
})

/** An error as the libraries below throw them: with responses, bodies and claims as properties. */
function leaky(): Error {
  const response = new Response('canary-body', { headers: { 'set-cookie': 'canary-cookie' } })
  const carried = {
    response,
    body: { access_token: 'canary-access-token' },
    claims: new Map([['sub', 'canary-sub']]),
    [Symbol('token')]: 'canary-symbol',
    toJSON: () => 'canary-json',
    [inspect.custom]: () => 'canary-inspect',
  }
  const inner = Object.assign(
    new Error('the inner reason', { cause: { id_token: 'canary-id-token' } }),
    carried,
  )
  return Object.assign(new TypeError('the outer reason', { cause: inner }), carried, { code: 'ERR_OUTER' })
}

test.each(['canary', { access_token: 'canary' }, new Response('canary'), null, 7])(
  'prints nothing of %o, which is thrown but no error',
  cause => {
    const error = new OidcError('ERR_OIDC_NOT_READY', { cause })
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain('canary')
    expect(error.cause).toEqual(new Error('A value that is not an Error was thrown.'))
  },
)

test('prints no members without a value', () => {
  const errors = [
    new OidcError('ERR_OIDC_FORBIDDEN'),
    new OidcError('ERR_OIDC_FORBIDDEN', { cause: new Error('why', { cause: undefined }) }),
    new OidcApiError('ERR_OIDC_ANSWER_INVALID', { operation: 'getOidcUserInfo' }),
  ]
  for (const error of errors) {
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain('undefined')
    expect([error.retryAfter, error.error]).toEqual([undefined, undefined])
  }
  expect(inspect(new OidcError('ERR_OIDC_NOT_READY'))).toContain('retryAfter: 5')
})

test('ends a chain of causes that leads back to itself', () => {
  const one = new Error('one')
  one.cause = new Error('two', { cause: one })
  expect(inspect(new OidcError('ERR_OIDC_NOT_READY', { cause: one }), { depth: Infinity })).toContain('two')
})

test('keeps the errors of an AggregateError to itself', () => {
  const cause = new AggregateError([Object.assign(new Error('refused'), { body: 'canary' })], 'all failed')
  expect(inspect(new OidcError('ERR_OIDC_NOT_READY', { cause }), { depth: Infinity })).not.toContain('canary')
})

test('has a closed list of codes that nobody can change', () => {
  expect(oidcErrorCodes).toSatisfy(Object.isFrozen)
  expect(new Set(oidcErrorCodes).size).toBe(oidcErrorCodes.length)
  for (const code of oidcErrorCodes) expect(code).toMatch(/^ERR_OIDC_[A-Z]+(_[A-Z]+)*$/)
})
