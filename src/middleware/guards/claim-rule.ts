import { isObject } from '../../vocabulary/json.ts'
import { argumentError, isPlainObject } from './arguments.ts'

/** A value that a claim must have, or contain as a member. */
type ClaimValue = string | number | boolean | null

/** What a claim must be: one value, several values that it must all contain, or the same for its members. */
export type RequiredClaim = ClaimValue | readonly ClaimValue[] | RequiredClaims

/** What claims must be, by name or by path: `realm_access.roles`. */
export interface RequiredClaims {
  /** A claim by its name, or by the path to it with dots. */
  readonly [path: string]: RequiredClaim
}

/** Copies the requirements, and refuses those that no claim could meet or that every claim would. */
export function parseRequiredClaims(guard: string, name: string, given: unknown): RequiredClaims {
  if (!isPlainObject(given)) throw argumentError(guard, `${name} must be an object`)
  const entries = Object.entries(given)
  if (entries.length === 0) throw argumentError(guard, `${name} must name at least one claim`)
  const parsed = entries.map(([path, value]) => [path, parseClaim(guard, `${name}.${path}`, value)] as const)
  if (entries.some(([path]) => path === '')) throw argumentError(guard, `${name} must not have an empty name`)
  return Object.freeze(Object.fromEntries(parsed))
}

function parseClaim(guard: string, name: string, given: unknown): RequiredClaim {
  if (isPlainObject(given)) return parseRequiredClaims(guard, name, given)
  if (!Array.isArray(given)) return parseValue(guard, name, given)
  if (given.length === 0) throw argumentError(guard, `${name} must not be an empty array`)
  return Object.freeze([...given].map(one => parseValue(guard, name, one)))
}

function parseValue(guard: string, name: string, given: unknown): ClaimValue {
  if (given === null || typeof given === 'boolean') return given
  if (typeof given === 'string' && given !== '') return given
  if (typeof given === 'number' && Number.isFinite(given)) return given
  throw argumentError(
    guard,
    `${name} must be a non-empty string, a number, true, false, null, an array of these, or an object`,
  )
}

/** Whether a claim meets a requirement. Types are compared strictly; a part of a string is never enough. */
export function fulfils(held: unknown, required: RequiredClaim, spaceSeparated = false): boolean {
  if (Array.isArray(required)) return required.every(one => holds(held, one, spaceSeparated))
  if (typeof required !== 'object' || required === null) return holds(held, required, spaceSeparated)
  return Object.entries(required).every(
    ([path, inner]) =>
      isObject(held) && fulfils(readClaim(held, path), inner as RequiredClaim, spaceSeparated),
  )
}

function holds(held: unknown, value: unknown, spaceSeparated: boolean): boolean {
  if (Array.isArray(held)) return held.includes(value)
  if (spaceSeparated && typeof held === 'string' && typeof value === 'string')
    return held.split(' ').includes(value)
  return held === value
}

/**
 * Reads a claim by its name, which may contain dots as in `https://app.example/roles`, otherwise by the path that the dots
 * make. Only reads own members: no claim is called `constructor`.
 */
export function readClaim(claims: unknown, path: string): unknown {
  const whole = readMembers(claims, [path])
  return whole === undefined ? readMembers(claims, path.split('.')) : whole
}

/** Reads a claim by the exact names on the way to it. */
export function readMembers(claims: unknown, names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (holder, name) => (isObject(holder) && Object.hasOwn(holder, name) ? holder[name] : undefined),
    claims,
  )
}
