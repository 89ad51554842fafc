import { OidcError } from '../../vocabulary/errors.ts'

/** The error for an option. Names the path, the rule and the fix, never the value: it may be a secret. */
export function optionError(path: string, rule: string): OidcError {
  return new OidcError('ERR_OIDC_INVALID_OPTION', {
    message: `options.${path} ${rule}.`.replace(/\?\.$/, '?'),
  })
}
