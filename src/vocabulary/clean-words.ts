import { isPrintableAscii } from './ascii.ts'

const LONGEST = 300

/** Longer texts are cut before their shapes are looked at, so that no text costs much. */
const LONGEST_READ = 2_000

const [ESC, BEL] = ['\u001b', '\u0007']

/** What terminals take for commands (ECMA-48 §5.4, §8.3.89). */
const escapeSequences = new RegExp(
  String.raw`${ESC}(\[[0-?]*[ -/]*[@-~]|\][^${BEL}${ESC}]{0,200}(${BEL}|${ESC}\\)?)`,
  'g',
)

/** Control and format characters, such as those that reverse the reading direction, and everything that ends a line. */
const invisible = /[\p{C}\p{Zl}\p{Zp}\s]+/gu

/** Passwords and the like in addresses and connection strings, such as `?password=…` and `sslpassword='…'`. */
const namedSecrets = /((?:passw(?:or)?d|pwd|secret|token|api_?key)=)(?:'[^']*'|"[^"]*"|[^\s&;,'"]+)/gi

/** The user and the password in front of a host. A password may hold anything, even an `@`. */
const credentials = /([\w+.-]+:\/\/)\S*@|[^\s/@:]*:[^\s@]+@/g

/** JWTs, the tokens and codes of Ory, other long random texts, e-mail addresses. */
const secretShapes =
  /\beyJ[\w-]{5,}(\.[\w-]*){0,4}|\bory_[a-z]{2}_[\w.-]+|(?=[\w+~=-]{0,80}\d)[\w+~=-]{40,}|[^\s@"'<>]{1,64}@[^\s@"'<>]{1,255}/g

/**
 * Makes words of a provider fit for a log: one line, visible characters, limited in length, without what was sent and without
 * what looks like a secret or an e-mail address.
 *
 * @param sent - Secrets of the request, which the provider may have repeated.
 */
export function cleanWords(
  text: unknown,
  sent: readonly string[] = [],
  longest = LONGEST,
): string | undefined {
  if (typeof text !== 'string') return undefined
  const words = sent
    .filter(secret => secret.length > 3)
    .reduce((before, secret) => before.replaceAll(secret, '[redacted]'), text)
    .replace(escapeSequences, ' ')
    .replace(invisible, ' ')
    .slice(0, LONGEST_READ)
    .replace(namedSecrets, '$1[redacted]')
    .replace(secretShapes, '[redacted]')
    .trim()
  if (words === '') return undefined
  const characters = Array.from(words)
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : words
}

/** Leaves the users and passwords out of an address or a connection string, such as that of a store. */
export function withoutCredentials(text: string): string {
  return text.replace(credentials, '$1').replace(namedSecrets, '$1[redacted]')
}

const LONGEST_VALUE = 120
const MOST_VALUES = 5

/** Shows a value that a provider sent and that is no secret, such as a claim. */
export function showValue(value: unknown): string {
  if (Array.isArray(value)) return showList(value)
  if (typeof value === 'string')
    return `"${(cleanWords(value, [], LONGEST_VALUE) ?? '').replaceAll('"', "'")}"`
  if (value === undefined) return 'missing'
  return typeof value === 'number' || typeof value === 'boolean' || value === null
    ? String(value)
    : 'an object'
}

function showList(values: readonly unknown[]): string {
  const shown = values
    .slice(0, MOST_VALUES)
    .map(value => (Array.isArray(value) ? 'a list' : showValue(value)))
  const more = values.length > MOST_VALUES ? [`${values.length - MOST_VALUES} more`] : []
  return values.length === 0 ? 'an empty list' : [...shown, ...more].join(', ')
}

const LONGEST_LINE = 8_000

/**
 * One line of visible characters, whatever has got into it. Errors and the log pass everything through it, because a provider's
 * text reaches them in more ways than those that expect one.
 */
export function oneLine(text: string, longest = LONGEST_LINE): string {
  if (text.length <= longest && isPrintableAscii(text)) return text
  const line = text
    .slice(0, 2 * longest)
    .replace(escapeSequences, ' ')
    .replace(invisible, ' ')
  return line.length > longest ? `${line.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…` : line
}
