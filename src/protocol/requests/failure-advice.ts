import type { ProviderOperation } from '../../vocabulary/api-error.ts'
import type { OidcErrorCode } from '../../vocabulary/errors.ts'

/**
 * The code for a status that is not success. Hydra's `error` is often an English sentence, so only the status decides.
 *
 * @param isOutcomeUnknown - Whether the provider may have carried out the request although its answer cannot be used.
 */
export function codeOf(status: number, isOutcomeUnknown: boolean): OidcErrorCode {
  if (status === 429) return 'ERR_OIDC_RATE_LIMITED'
  if (status >= 400 && status < 500) return 'ERR_OIDC_REGISTRATION_REFUSED'
  if (isOutcomeUnknown) return 'ERR_OIDC_REGISTRATION_FAILED'
  return status >= 500 ? 'ERR_OIDC_PROVIDER_UNAVAILABLE' : 'ERR_OIDC_ANSWER_INVALID'
}

/** Says in a sentence what to do about a failure. A `status` of `undefined` means that there was no answer. */
export function advise(operation: ProviderOperation, status: number | undefined, hasWords: boolean): string {
  if (status === undefined) return 'Check the address and the network; if both are right, try again later.'
  if (status === 429) return 'Try again later, less often.'
  if (status >= 500) return 'The provider itself has a problem; try again later.'
  if (status < 400) return "Check that the address is the provider's, not that of a proxy or a login page."
  if (operation === 'createOidcDynamicClient') return adviseCreate(status, hasWords)
  if (status === 401)
    return 'Either the client no longer exists, or its credentials are no longer valid: register again.'
  if (status === 403)
    return "The provider does not let clients change this themselves; the provider's administrator can."
  if (status === 404)
    return 'Either the client no longer exists, or dynamic client registration is disabled: check the provider, then register again.'
  return adviseMember(hasWords)
}

function adviseCreate(status: number, hasWords: boolean): string {
  const byHand = 'or register a client manually and set options.client'
  if (status === 401 || status === 403)
    return `If the provider requires an initial access token, ask its operators for one and set initialAccessToken; ${byHand}.`
  if (status === 404)
    return `Enable dynamic client registration at the provider, correct the registration endpoint's address, ${byHand}.`
  return `${adviseMember(hasWords).replace(/\.$/, '')}, ${byHand}.`
}

function adviseMember(hasWords: boolean): string {
  return hasWords
    ? 'Correct the member that the provider names.'
    : "Check the provider's log: its answer does not say what is wrong."
}
