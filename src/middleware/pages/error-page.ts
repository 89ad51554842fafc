import type { Settings } from '../../relying-party/settings.ts'
import type { OidcError, OidcErrorCode } from '../../vocabulary/errors.ts'
import type { Page, PageAction } from './page.ts'

const advice: Partial<Record<OidcErrorCode, string>> = {
  ERR_OIDC_TRANSACTION_LOST: 'If it happens again, check that your browser accepts cookies from this site.',
  ERR_OIDC_ACCESS_DENIED: 'You are not signed in. You can start again whenever you like.',
  ERR_OIDC_METHOD_NOT_ALLOWED: 'Go back to the app and try again from there.',
}

/** The page that a visitor sees when something failed: what it means for him and what he can do, no internals. */
export function buildErrorPage(error: OidcError, settings: Settings): Page {
  const start: PageAction = { label: 'Go to the start page', href: `${settings.baseUrl}/` }
  if (error.status >= 500) {
    return {
      title: 'Signing in is not possible at the moment',
      paragraphs: [error.sentence, waitAdvice(error), `Reference: ${error.code}`],
      actions: [start],
    }
  }
  const again = settings.routes.login && {
    label: 'Sign in again',
    href: settings.baseUrl + settings.routes.login,
  }
  return {
    title: 'The sign-in did not work',
    paragraphs: [
      error.sentence,
      advice[error.code] ?? 'Nobody was signed in. Please try again.',
      `Reference: ${error.code}`,
    ],
    actions: again ? [again, start] : [start],
  }
}

function waitAdvice({ retryAfter }: OidcError): string {
  if (retryAfter === undefined) return 'Please tell the operators of this site.'
  return `Please try again in ${retryAfter === 1 ? 'a second' : `${retryAfter} seconds`}. Pages that need no sign-in work meanwhile.`
}
