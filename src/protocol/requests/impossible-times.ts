import type { JsonObject } from '../../vocabulary/json.ts'

/** 9999-12-31T23:59:59Z, in seconds since 1970. A later time is a mistake, such as milliseconds. A token without end may name this one. */
const LATEST = 253_402_300_799

const times = ['exp', 'iat', 'nbf', 'auth_time'] as const

/** Whether no token can mean this time. */
export function isImpossible(time: unknown): boolean {
  return typeof time === 'number' && time > LATEST
}

/** The name of a claim with a time that no token can mean. */
export function findImpossibleTime(claims: JsonObject): (typeof times)[number] | undefined {
  return times.find(name => isImpossible(claims[name]))
}
