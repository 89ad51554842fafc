import type { OidcError, OidcErrorCode } from '../../vocabulary/errors.ts'
import type { Site } from './app-links.ts'
import type { Page, PageAction } from './page.ts'

/** What a visitor is told of the failures that he can do something about. */
const advice: Partial<Record<OidcErrorCode, string>> = {
  ERR_OIDC_TRANSACTION_LOST:
    'Please sign in again. If it does not work, check that your browser accepts cookies from this site.',
  ERR_OIDC_TRANSACTION_USED: 'Please sign in again.',
  ERR_OIDC_LOGIN_REFUSED: 'If you think that you should be allowed to, ask the operators of this site.',
  ERR_OIDC_ACCESS_DENIED: 'You can try again whenever you like.',
  ERR_OIDC_STEP_UP_FAILED: 'Please sign in again, and choose a stronger way if you are offered one.',
  ERR_OIDC_METHOD_NOT_ALLOWED: 'Go back to the app and try again from there.',
  ERR_OIDC_BODY_INVALID: 'Go back to the app and try again from there.',
  ERR_OIDC_FORBIDDEN: 'If you think that you should be allowed to, ask the operators of this site.',
}

/** Failures that say nothing about a sign-in. */
const beyondSignIn: ReadonlySet<OidcErrorCode> = new Set([
  'ERR_OIDC_METHOD_NOT_ALLOWED',
  'ERR_OIDC_BODY_INVALID',
  'ERR_OIDC_FORBIDDEN',
])

/** The page that a visitor sees when something failed: what it means for him and what he can do, no internals. */
export function buildErrorPage(error: OidcError, { baseUrl, loginUrl }: Site): Page {
  const { code: reference, sentence } = error
  const start: PageAction = { label: 'Go to the start page', href: `${baseUrl}/` }
  if (error.status >= 500) return buildTroublePage(error, start)
  if (beyondSignIn.has(reference)) {
    return {
      title: 'That did not work',
      paragraphs: [sentence, advice[reference] ?? ''],
      actions: [start],
      reference,
    }
  }
  const again = loginUrl && { label: 'Sign in again', href: loginUrl }
  return {
    title: 'The sign-in did not work',
    paragraphs: [sentence, advice[reference] ?? 'Nobody was signed in by it. Please try again.'],
    actions: again ? [again, start] : [start],
    reference,
  }
}

function buildTroublePage({ code: reference, sentence, retryAfter }: OidcError, start: PageAction): Page {
  const title = 'Signing in and out is not possible at the moment'
  if (retryAfter === undefined) {
    return {
      title,
      paragraphs: [sentence, 'Please tell the operators of this site.'],
      actions: [start],
      reference,
    }
  }
  const time = retryAfter === 1 ? 'a second' : `${retryAfter} seconds`
  const paragraphs = [sentence, `Please try again in ${time}. Pages that need no sign-in work meanwhile.`]
  return { title, paragraphs, actions: [{ label: 'Try again', href: '' }, start], reference }
}
