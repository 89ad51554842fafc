import { OidcError } from '../../vocabulary/errors.ts'

/** Builds the error for an option. It names the path, the rule and the fix, but not the value, which may be a secret. */
export function optionError(path: string, rule: string): OidcError {
  return new OidcError('ERR_OIDC_INVALID_OPTION', {
    message: `options.${path} ${rule}.`.replace(/\?\.$/, '?'),
  })
}
