import type { Request, Response } from 'express'
import { isRestartable } from '../../../protocol/metadata/quirks.ts'
import { buildAuthorizationError } from '../../../protocol/sign-in/authorization.ts'
import type { Transaction } from '../../../session/browser/transaction-cookies.ts'
import type { SessionRelyingParty } from '../../../session/session-relying-party.ts'
import { OidcError } from '../../../vocabulary/errors.ts'
import { publish } from '../../../vocabulary/events.ts'
import { startLogin } from './login.ts'

/** What a sign-in that starts again keeps. */
export type Begun = Pick<Transaction, 'returnTo' | 'parameters' | 'unsignedFields'>

/** Handles an error response of the provider (RFC 6749 §4.1.2.1). An existing login stays. */
export async function endWithError(
  rp: SessionRelyingParty,
  req: Request,
  res: Response,
  transaction: Transaction,
  response: URLSearchParams,
): Promise<void> {
  const error = response.get('error') ?? ''
  const mayRestart = isRestartable(error) && (await rp.sealer()).isToken('start', transaction.state)
  if (!mayRestart)
    throw buildAuthorizationError(error, response.get('error_description') ?? undefined, [
      transaction.state,
      transaction.nonce,
      transaction.codeVerifier,
    ])
  await restart(rp, req, res, transaction, error)
}

/** Starts a sign-in again with its own return path, but only once: a second failure is no coincidence. */
export async function startOver(
  rp: SessionRelyingParty,
  req: Request,
  res: Response,
  transaction: Transaction,
  reason: string,
): Promise<void> {
  const mayRestart = (await rp.sealer()).isToken('start', transaction.state)
  if (!mayRestart) throw new OidcError('ERR_OIDC_TRANSACTION_LOST')
  await restart(rp, req, res, transaction, reason)
}

export async function restart(
  rp: SessionRelyingParty,
  req: Request,
  res: Response,
  { returnTo, parameters, unsignedFields }: Begun,
  reason: string,
): Promise<void> {
  publish('login.restarted', { issuer: rp.settings.issuer, reason })
  await startLogin(rp, req, res, returnTo, { isRestart: true, parameters, unsignedFields })
}
