import { describe, expect, test } from 'vitest'
import { cleanWords, oneLine, showValue } from '../../src/vocabulary/clean-words.ts'
import { OidcError } from '../../src/vocabulary/errors.ts'
import { settingsOf } from '../support/settings.ts'

describe("a provider's words", () => {
  test.each([
    ['a line break', 'one\r\ntwo', 'one two'],
    ['a Unicode line break', 'one\u2028two', 'one two'],
    ['colors', '\u001b[1;31mred\u001b[0m', 'red'],
    ['a title for the terminal', '\u001b]0;evil\u0007text', 'text'],
    ['a reversed reading direction', 'a\u202eb\u2066c', 'a b c'],
    ['invisible characters', 'a\u200b\u0000b', 'a b'],
    ['half a character', 'a\ud83d', 'a'],
    ['a JWT', 'token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_ is used', 'token [redacted] is used'],
    ['a code of Ory', 'The code ory_ac_abc.def was used', 'The code [redacted] was used'],
    ['a long random text', `key ${'a1B2'.repeat(12)}!`, 'key [redacted]!'],
    ['an e-mail address', 'User jane.doe@example.com is locked.', 'User [redacted] is locked.'],
    [
      'a password of an address',
      'At db://a/b?user=u&password=hunter2&x=1',
      'At db://a/b?user=u&password=[redacted]&x=1',
    ],
    [
      'a password of a connection string',
      "host=a sslPassword='h 2' user=u",
      'host=a sslPassword=[redacted] user=u',
    ],
    ['a token of an address', '/me?access_token=hunter2; gone', '/me?access_token=[redacted]; gone'],
    ['what was sent', 'code s3cr3t-code is used', 'code [redacted] is used'],
    ['nothing special', 'The client 259b9407-03e9-469d-a4a0-f9a6a5f8e4d6 is disabled.', undefined],
  ])('lose %s', (_, text, expected) => {
    expect(cleanWords(text, ['s3cr3t-code', ''])).toBe(expected ?? text)
  })

  test('are shortened between characters', () => {
    const cut = cleanWords('😀 '.repeat(4_000)) ?? ''
    expect(Array.from(cut)).toHaveLength(300)
    expect(cut.endsWith('😀…') || cut.endsWith(' …')).toBe(true)
  })

  test.each([undefined, null, 7, {}, '', ' \r\n', '\u202e'])('are none in %o', text => {
    expect(cleanWords(text)).toBeUndefined()
  })

  test('are cut before their shapes are looked at, so that no text costs much', () => {
    expect(cleanWords(`eyJ${'a'.repeat(1_900)} end`)).toBe('[redacted] end')
    expect(cleanWords(`eyJ${'a'.repeat(2_000)} end`)).toBe('[redacted]')
  })

  test('cost little, however long they are', () => {
    const begun = performance.now()
    for (const text of ['a', '@', 'eyJ', '.', '\u001b]', '1']) cleanWords(text.repeat(1_000_000))
    expect(performance.now() - begun).toBeLessThan(5_000)
  })
})

test.each([
  ['https://op.example', '"https://op.example"'],
  [['a', 'b'], '"a", "b"'],
  [[], 'an empty list'],
  [Array.from({ length: 9 }, () => ['a']), 'a list, a list, a list, a list, a list, 4 more'],
  [{ a: 1 }, 'an object'],
  [null, 'null'],
  [7, '7'],
  ['a"\u001b[0mb', `"a' b"`],
  [undefined, 'missing'],
])('shows %o as %s', (value, shown) => {
  expect(showValue(value)).toBe(shown)
})

describe('one line', () => {
  test.each([
    ['one\r\ntwo', 'one two'],
    ['a\u001b[31mb\u009b31mc', 'a b 31mc'],
    ['a\u2028b\u202ec\ud800', 'a b c '],
    ['a  b', 'a  b'],
    ['名前 😀', '名前 😀'],
  ])('is made of %j', (text, line) => expect(oneLine(text)).toBe(line))

  test('ends between characters', () => {
    expect(oneLine('😀'.repeat(9), 10)).toBe('😀😀😀😀…')
    expect(oneLine('a'.repeat(9_000))).toHaveLength(8_000)
  })

  test('is what every error and every cause says', () => {
    const cause = new Error('of\u2028the\u009bcause')
    const { message, cause: kept } = new OidcError('ERR_OIDC_DISCOVERY_INVALID', {
      reason: 'a\nb\u202ec',
      cause,
    })
    expect(message).toBe("The OpenID Provider's configuration cannot be used: a b c.")
    expect(kept).toMatchObject({ message: 'of the cause' })
    expect((kept as Error).stack).not.toMatch(/[\u2028\u009b]/)
  })

  test('is what the log gets, whatever is said', () => {
    const lines: string[] = []
    settingsOf({ log: (line: string) => lines.push(line) }).log('a\r\nb\u001b]0;title\u0007c')
    expect(lines).toEqual(['a b c'])
  })
})
