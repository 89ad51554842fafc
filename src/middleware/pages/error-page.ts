import type { OidcError, OidcErrorCode } from '../../vocabulary/errors.ts'
import type { Site } from './app-links.ts'
import type { Page, PageAction } from './page.ts'

/** Advice for failures that the user can do something about. */
const advice: Partial<Record<OidcErrorCode, string>> = {
  ERR_OIDC_TRANSACTION_LOST:
    'Please sign in again. If that does not help, check that your browser accepts cookies from this site.',
  ERR_OIDC_SESSION_NOT_RETURNED:
    'Check that your browser accepts cookies from this site, then try again. If that does not help, please contact the operators of this site.',
  ERR_OIDC_TRANSACTION_USED: 'Please sign in again.',
  ERR_OIDC_LOGIN_REFUSED: 'If you think you should have access, contact the operators of this site.',
  ERR_OIDC_ACCESS_DENIED: 'You can try again whenever you like.',
  ERR_OIDC_STEP_UP_FAILED: 'Please sign in again, and choose a stronger method if you are offered one.',
  ERR_OIDC_METHOD_NOT_ALLOWED: 'Go back to the app and try again from there.',
  ERR_OIDC_BODY_INVALID: 'Go back to the app and try again from there.',
  ERR_OIDC_FORBIDDEN: 'If you think you should have access, contact the operators of this site.',
}

/** Titles for failures that say nothing about a sign-in. */
const titlesBeyondSignIn: Partial<Record<OidcErrorCode, string>> = {
  ERR_OIDC_METHOD_NOT_ALLOWED: 'This request is not possible',
  ERR_OIDC_BODY_INVALID: 'This request is not possible',
  ERR_OIDC_FORBIDDEN: 'You do not have access',
}

/** Titles for failures of a sign-in. */
const titles: Partial<Record<OidcErrorCode, string>> = {
  ERR_OIDC_SESSION_NOT_RETURNED: 'Your sign-in could not be kept',
}

/** The page for a failure: what it means to the user and what to do next, no internals. `retries` if it loads itself again. */
export function buildErrorPage(
  error: OidcError,
  { baseUrl, loginUrl }: Site,
  { retries = false }: { readonly retries?: boolean } = {},
): Page {
  const { code, sentence } = error
  const start: PageAction = { label: 'Go to the start page', href: `${baseUrl}/` }
  if (error.status >= 500 && !advice[code]) return buildTroublePage(error, start, retries)
  const beyond = titlesBeyondSignIn[code]
  if (beyond !== undefined)
    return { title: beyond, paragraphs: [sentence, advice[code] ?? ''], actions: [start], failure: error }
  const again = loginUrl && { label: 'Sign in again', href: loginUrl }
  return {
    title: titles[code] ?? 'You could not be signed in',
    paragraphs: [sentence, advice[code] ?? 'Please try again.'],
    actions: again ? [again, start] : [start],
    failure: error,
  }
}

function buildTroublePage(error: OidcError, start: PageAction, retries: boolean): Page {
  const { sentence, retryAfter } = error
  const title = 'Signing in and out is currently unavailable'
  if (retries) {
    const paragraphs = [
      sentence,
      'This page tries again automatically and continues your sign-in as soon as that is possible. Pages that need no sign-in still work.',
    ]
    return { title, paragraphs, actions: [{ label: 'Try again', href: '' }, start], failure: error }
  }
  if (retryAfter === undefined) {
    return {
      title,
      paragraphs: [sentence, 'Please contact the operators of this site.'],
      actions: [start],
      failure: error,
    }
  }
  const time = retryAfter === 1 ? 'a second' : `${retryAfter} seconds`
  const paragraphs = [sentence, `Please try again in ${time}. Pages that need no sign-in still work.`]
  return { title, paragraphs, actions: [{ label: 'Try again', href: '' }, start], failure: error }
}
