import {
  brokenRuleOf,
  type LogoutParameters,
  repeatedParameterOf,
} from '../../protocol/sign-in/logout-parameters.ts'
import { isObject } from '../../vocabulary/json.ts'
import type { LogoutParametersFunction, ProviderLogoutOptions } from './hooks.ts'
import { optionError } from './option-error.ts'
import type { Parser } from './parser.ts'

type LogoutRequest = NonNullable<ProviderLogoutOptions['logoutRequest']>

export const logoutRequest: Parser<LogoutRequest> = (value = 'redirect', path) => {
  if (value === 'redirect' || value === 'form' || value === false) return value
  throw optionError(path, 'must be redirect, form or false')
}

/** What a function of the app returns is not checked yet. */
export const logoutParameters: Parser<LogoutParametersFunction> = (value, path) => {
  if (typeof value === 'function') return value as LogoutParametersFunction
  const fixed = parseLogoutParameters(value, path)
  return () => fixed
}

/**
 * Checks the parameters of a sign-out, wherever the app gives them.
 *
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the parameter and the rule, but not the value.
 */
export function parseLogoutParameters(value: unknown = {}, path = 'logoutParameters'): LogoutParameters {
  if (!isObject(value)) throw optionError(path, 'must be an object, or a function that returns one')
  for (const [name, parameter] of Object.entries(value)) {
    const rule = brokenRuleOf(name, parameter)
    if (rule !== undefined) throw optionError(`${path}.${name}`, rule)
  }
  const parameters = Object.freeze({ ...value }) as LogoutParameters
  const repeated = repeatedParameterOf(parameters)
  if (repeated === undefined) return parameters
  throw optionError(`${path}.${repeated}`, 'must not have the name of another parameter')
}
