import type { TrustedAudiences } from '../../protocol/metadata/trusted-audiences.ts'
import { ownFields } from '../../protocol/sign-in/unsigned-fields.ts'
import { isProfile } from '../../vocabulary/profile.ts'
import { optionError } from './option-error.ts'
import { accept, type Parser } from './parser.ts'

export const profile = accept(isProfile, 'must be fapi2 or fapi2-message-signing')

export const trustedAudiences: Parser<TrustedAudiences> = (value = [], path) => {
  if (typeof value === 'function') return value as TrustedAudiences
  if (Array.isArray(value) && value.every(audience => typeof audience === 'string'))
    return Object.freeze([...value])
  throw optionError(path, 'must be an array of strings, or a function')
}

const MOST_FIELDS = 10

export const callbackFields: Parser<readonly string[]> = (value = [], path) => {
  const isName = (name: unknown): boolean => typeof name === 'string' && /^[\w.-]{1,64}$/.test(name)
  if (!Array.isArray(value) || value.length > MOST_FIELDS || !value.every(isName))
    throw optionError(path, `must be an array of at most ${MOST_FIELDS} names of fields`)
  const own = value.find(name => ownFields.has(name))
  if (own === undefined) return Object.freeze([...new Set<string>(value)])
  throw optionError(path, `must not contain ${own}, which a sign-in uses itself`)
}
