import type { GuardAnswers } from '../../relying-party/options/hooks.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { JsonObject } from '../../vocabulary/json.ts'

/** The error for a wrong argument of a guard: names the guard, the argument and the rule. */
export function argumentError(guard: string, rule: string): OidcError {
  return new OidcError('ERR_OIDC_INVALID_OPTION', { message: `${guard}: ${rule}.` })
}

/** Refuses a last argument that is not an object or has options that this guard does not know. */
export function verifyOptions<Options extends object>(
  guard: string,
  options: Options,
  known: readonly string[],
): Options {
  if (!isPlainObject(options)) throw argumentError(guard, 'the last argument must be an object of options')
  const unknown = Object.keys(options).find(name => !known.includes(name))
  if (unknown === undefined) return options
  throw argumentError(guard, `${unknown} is not an option. The options are ${known.join(', ')}`)
}

/** Picks a guard's own answers from its options. The guard itself has checked the other options. */
export function verifyAnswers(guard: string, options: GuardAnswers): GuardAnswers {
  const { onUnauthenticated, onForbidden } = options
  if (onUnauthenticated !== undefined && onUnauthenticated !== 'challenge' && !isFunction(onUnauthenticated))
    throw argumentError(guard, "onUnauthenticated must be a function, or 'challenge'")
  if (onForbidden !== undefined && !isFunction(onForbidden))
    throw argumentError(guard, 'onForbidden must be a function')
  return Object.freeze({
    ...(onUnauthenticated && { onUnauthenticated }),
    ...(onForbidden && { onForbidden }),
  })
}

/** The names of {@link GuardAnswers}. */
export const answerNames: readonly string[] = ['onUnauthenticated', 'onForbidden']

/** Parses one word or several; in one string they may be separated by spaces. There is at least one. */
export function parseWords(
  guard: string,
  name: string,
  given: string | readonly string[],
): readonly string[] {
  const words: unknown = typeof given === 'string' ? given.split(' ').filter(Boolean) : given
  if (!Array.isArray(words) || words.length === 0 || !words.every(isWord))
    throw argumentError(guard, `${name} must be a word or an array of words, at least one`)
  return Object.freeze([...words])
}

/** The characters of a scope-token (RFC 6749 §3.3), which need no quoting in a header either. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(value)
}

export function isPlainObject(value: unknown): value is JsonObject {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}
