import type { Response } from 'express'
import type { Settings } from '../../../relying-party/options/settings.ts'
import type { Taken } from '../../../session/browser/transactions.ts'
import { OidcError } from '../../../vocabulary/errors.ts'
import { publish } from '../../../vocabulary/events.ts'
import { buildContinuation } from '../../pages/continuation-page.ts'
import { sendPage, sendRedirect } from '../../request/answer.ts'

/**
 * Ends an attempt that signed nobody in, for any reason, where it began. If that is unknown, because the browser does not keep
 * cookies, a built-in page continues to the start page, so that `attemptSilentLogin()` sees where the browser comes from.
 */
export function endSilently(settings: Settings, res: Response, taken: Taken, error: unknown): void {
  if (!(error instanceof OidcError)) throw error
  reportSilentFailure(settings, error)
  const { returnTo } = (taken.kind === 'used' ? taken : taken.transaction) ?? {}
  if (returnTo === undefined) sendPage(res, 200, buildContinuation(settings))
  else sendRedirect(res, returnTo)
}

/** What a silent sign-in is told when it would have to show something (OpenID Connect Core 1.0 §3.1.2.6). */
const usual: ReadonlySet<string | undefined> = new Set([
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
  'access_denied',
])

/** Reports a silent sign-in that failed. The user does not notice it. */
export function reportSilentFailure({ issuer, failures }: Settings, error: OidcError): void {
  if (!usual.has(error.error)) failures.report(error, 'A silent sign-in failed: ')
  publish('login.silent-failed', { issuer, error })
}
