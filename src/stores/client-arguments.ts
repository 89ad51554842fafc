import { OidcError } from '../vocabulary/errors.ts'
import { isObject } from '../vocabulary/json.ts'

/** The error for an argument that is not a client. Names its type, never its value: a URL can contain a password. */
export function clientError(factory: string, wanted: string, given: unknown): OidcError {
  return new OidcError('ERR_OIDC_INVALID_OPTION', {
    message: `${factory}() takes ${wanted}. It was given ${kindOf(given)}.`,
  })
}

/** The error for a store's option. Names the option and the rule, never the value. */
export function storeOptionError(factory: string, rule: string): OidcError {
  return new OidcError('ERR_OIDC_INVALID_OPTION', { message: `${factory}(): ${rule}.` })
}

/** Refuses options of a store that are no object, and unknown ones. */
export function verifyOptionNames(factory: string, options: unknown, known: readonly string[]): void {
  if (!isObject(options)) throw storeOptionError(factory, 'the last argument must be an object of options')
  const unknown = Object.keys(options).find(name => !known.includes(name))
  if (unknown !== undefined)
    throw storeOptionError(
      factory,
      `options.${unknown} is not an option. The options are ${known.join(', ')}`,
    )
}

/** The server's address from the options of its client, in words. */
export function addressIn(options: unknown): string {
  if (!isObject(options) || typeof options['host'] !== 'string') return ''
  const port = typeof options['port'] === 'number' ? `:${options['port']}` : ''
  return ` at ${options['host']}${port}`
}

function kindOf(value: unknown): string {
  if (value instanceof Promise) return 'a Promise: await it first'
  if (typeof value === 'function') return `the function ${value.name || 'without a name'}`
  if (typeof value !== 'object' || value === null) return value == null ? String(value) : `a ${typeof value}`
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== 'Object' ? `an instance of ${name}` : 'an object without them'
}
