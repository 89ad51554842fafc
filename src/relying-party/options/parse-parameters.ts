import { ownParameters } from '../../protocol/sign-in/authorization.ts'
import { ownTokenParameters } from '../../protocol/tokens/own-token-parameters.ts'
import { isObject, type JsonObject } from '../../vocabulary/json.ts'
import type { AuthorizationParametersFunction } from './hooks.ts'
import { optionError } from './option-error.ts'
import type { Parser } from './parser.ts'

type TextMap = Readonly<Record<string, string>>

/** Additional parameters for the authorization requests of an app. */
export interface UsualParameters {
  /** The same for every sign-in. */
  readonly fixed: TextMap
  /** Those of the sign-in that a request starts. */
  readonly of: (req: Parameters<AuthorizationParametersFunction>[0]) => Promise<TextMap>
}

const none: TextMap = Object.freeze({})
const noneOf = async (): Promise<TextMap> => none

export const authorizationParameters: Parser<UsualParameters> = (value = none, path) => {
  if (typeof value !== 'function') return Object.freeze({ fixed: parseUsual(value, path), of: noneOf })
  const returned = value as AuthorizationParametersFunction
  const of: UsualParameters['of'] = async req => parseUsual((await returned(req)) ?? none, path)
  return Object.freeze({ fixed: none, of })
}

function parseUsual(value: unknown, path: string): TextMap {
  const parameters = parseAuthorizationParameters(value, path)
  if (parameters['prompt'] !== 'none') return parameters
  throw optionError(
    `${path}.prompt`,
    'must not be none for every sign-in: no user could sign in. Use attemptSilentLogin()',
  )
}

/** Parameters whose values are JSON (OpenID Connect Core 1.0 §5.5, RFC 8485 §4, RFC 9396 §2). */
const jsonParameters: ReadonlyMap<string, 'an object' | 'an array'> = new Map([
  ['claims', 'an object'],
  ['vtr', 'an array'],
  ['authorization_details', 'an array'],
])

/** Parameters that have an option of their own. */
const optionOf: ReadonlyMap<string, string> = new Map([
  ['scope', 'scope'],
  ['response_mode', 'responseMode'],
])

/** Makes text of additional parameters of an authorization request, and refuses those that this library sets itself. */
export function parseAuthorizationParameters(value: unknown, path = 'authorizationParameters'): TextMap {
  if (!isObject(value)) throw optionError(path, 'must be an object, or a function that returns one')
  return parseEach(value, path, ownParameters, (member, memberPath, name) => {
    const kind = jsonParameters.get(name)
    return kind ? jsonOf(member, memberPath, kind) : textOf(member, memberPath)
  })
}

export const tokenEndpointParameters: Parser<TextMap> = (value = none, path) => {
  if (!isObject(value)) throw optionError(path, 'must be an object')
  return parseEach(value, path, ownTokenParameters, textOf)
}

function parseEach(
  given: JsonObject,
  path: string,
  own: ReadonlySet<string>,
  parse: (value: unknown, path: string, name: string) => string,
): TextMap {
  const members = Object.entries(given).filter(([, value]) => value !== undefined)
  const parsed = members.map(([name, value]) => {
    if (own.has(name)) throw optionError(`${path}.${name}`, setterOf(name))
    return [name, parse(value, `${path}.${name}`, name)] as const
  })
  return Object.freeze(Object.fromEntries(parsed))
}

function setterOf(name: string): string {
  const option = optionOf.get(name)
  return option
    ? `is set by options.${option}: leave it out here`
    : 'is set by the library itself: leave it out'
}

function textOf(value: unknown, path: string): string {
  if (typeof value === 'string') return value
  throw optionError(path, 'must be a string, with several values separated by spaces')
}

function jsonOf(value: unknown, path: string, kind: 'an object' | 'an array'): string {
  if (typeof value === 'string') return value
  const isKind = kind === 'an object' ? isObject(value) : Array.isArray(value)
  const text = isKind ? toJson(value) : undefined
  if (text === undefined) throw optionError(path, `must be ${kind}, or its JSON as a string`)
  return text
}

function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined // it contains itself, or a BigInt
  }
}
