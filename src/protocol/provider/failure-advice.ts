import type { OidcOperation } from '../../vocabulary/api-error.ts'
import type { OidcErrorCode } from '../../vocabulary/errors.ts'

const LONGEST_WORDS = 300

/**
 * The code for a status that is not success. Hydra's `error` is often an English sentence, so the status alone decides.
 *
 * @param isOutcomeUnknown - Whether the provider may have done what was asked although its answer cannot be used.
 */
export function codeOf(status: number, isOutcomeUnknown: boolean): OidcErrorCode {
  if (status === 429) return 'ERR_OIDC_RATE_LIMITED'
  if (status >= 400 && status < 500) return 'ERR_OIDC_REGISTRATION_REFUSED'
  if (isOutcomeUnknown) return 'ERR_OIDC_REGISTRATION_FAILED'
  return status >= 500 ? 'ERR_OIDC_PROVIDER_UNAVAILABLE' : 'ERR_OIDC_ANSWER_INVALID'
}

/** What to do about an answer, in a sentence. `undefined` as status: there was none. */
export function mend(operation: OidcOperation, status: number | undefined, hasWords: boolean): string {
  if (status === undefined) return 'Check the address and the network; if both are right, try again later.'
  if (status === 429) return 'Try again later, less often.'
  if (status >= 500) return 'The provider has trouble of its own; try again later.'
  if (status < 400)
    return 'Check that the address is the one of the provider, and not of a proxy or a login page.'
  if (operation === 'createOidcDynamicClient') return createMend(status, hasWords)
  if (status === 401)
    return 'Either the client is gone, or what proves that it is yours is no longer valid: register again.'
  if (status === 403) return 'The provider does not let a client change this itself; its administrator can.'
  if (status === 404)
    return 'Either the client is gone, or dynamic client registration is switched off there: look there, then register again.'
  return memberMend(hasWords)
}

function createMend(status: number, hasWords: boolean): string {
  const byHand = 'or use a client that was made by hand'
  if (status === 401 || status === 403)
    return `If the provider wants an initial access token, ask its operators for one and set initialAccessToken; ${byHand}.`
  if (status === 404)
    return `Switch dynamic client registration on there, correct the registration endpoint's address, ${byHand}.`
  return `${memberMend(hasWords).replace(/\.$/, '')}, ${byHand}.`
}

function memberMend(hasWords: boolean): string {
  return hasWords
    ? 'Correct the member that the provider names.'
    : 'Look into the log of the provider: it did not say what is wrong.'
}

/** The provider's words, without what was sent, without control characters, and short. */
export function cleanWords(text: unknown, sent: readonly string[] = []): string | undefined {
  if (typeof text !== 'string' || text === '') return undefined
  const redacted = sent.reduce((words, secret) => words.replaceAll(secret, '[redacted]'), text)
  return redacted.replace(/\p{Cc}+/gu, ' ').slice(0, LONGEST_WORDS)
}
