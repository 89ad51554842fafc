import type { Settings } from '../../relying-party/settings.ts'
import type { OidcError, OidcErrorCode } from '../../vocabulary/errors.ts'
import type { Page, PageAction } from './page.ts'

/** What a visitor is told of the failures that he can do something about. */
const advice: Partial<Record<OidcErrorCode, string>> = {
  ERR_OIDC_TRANSACTION_LOST:
    'Please sign in again. If it does not work, check that your browser accepts cookies from this site.',
  ERR_OIDC_TRANSACTION_USED: 'Please sign in again.',
  ERR_OIDC_ACCESS_DENIED: 'You can try again whenever you like.',
  ERR_OIDC_METHOD_NOT_ALLOWED: 'Go back to the app and try again from there.',
  ERR_OIDC_BODY_INVALID: 'Go back to the app and try again from there.',
}

/** Failures that say nothing about a sign-in. */
const beyondSignIn: ReadonlySet<OidcErrorCode> = new Set([
  'ERR_OIDC_METHOD_NOT_ALLOWED',
  'ERR_OIDC_BODY_INVALID',
])

/** The page that a visitor sees when something failed: what it means for him and what he can do, no internals. */
export function buildErrorPage(error: OidcError, { baseUrl, routes }: Settings): Page {
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
  const again = routes.login && { label: 'Sign in again', href: baseUrl + routes.login }
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
