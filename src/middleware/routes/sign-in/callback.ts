import type { Request, Response } from 'express'
import { isKeyLost } from '../../../protocol/client-authentication/token-proofs.ts'
import { exchangeCode, verifyResponseIssuer } from '../../../protocol/sign-in/authorization.ts'
import { takeFields, type UnsignedFields } from '../../../protocol/sign-in/unsigned-fields.ts'
import { transactionLost } from '../../../session/browser/lost-transaction.ts'
import { keepResponse, LIFETIME, readResponse } from '../../../session/browser/posted-responses.ts'
import type { Transaction } from '../../../session/browser/transaction-cookies.ts'
import {
  findTransaction,
  MARKED,
  releaseTransaction,
  type Taken,
  takeTransaction,
} from '../../../session/browser/transactions.ts'
import { readLogin } from '../../../session/login/request-login.ts'
import { leaveSession } from '../../../session/login/request-session.ts'
import type { SessionRelyingParty } from '../../../session/session-relying-party.ts'
import { expectSession, verifySessionCookie } from '../../../session/session-return.ts'
import { nameClient, OidcError } from '../../../vocabulary/errors.ts'
import { sendRedirect } from '../../request/answer.ts'
import { isNavigation } from '../../request/navigation.ts'
import { readForm, readQuery, single } from '../../request/request-parameters.ts'
import type { Route } from '../../request/route.ts'
import { type RecordLimit, recordLimit } from './record-limit.ts'
import { type Begun, endWithError, restart, startOver } from './restart.ts'
import { signIn } from './sign-in.ts'
import { endSilently } from './silent-callback.ts'
import { verifyResponse } from './verify-response.ts'

/**
 * How many responses and marks of used sign-ins one process keeps at a time. Anyone can start sign-ins and open their callbacks
 * without signing in; these are more than one process can handle.
 */
const MOST = { responses: 10_000, marks: 200_000 }

/** Makes the route that receives the provider's response and signs the user in (OpenID Connect Core 1.0 §3.1.2.5). */
export function callback(rp: SessionRelyingParty, most: typeof MOST = MOST): Route {
  const marks = recordLimit(most.marks, MARKED)
  const end: End = (req, res, response) => endSignIn(rp, req, res, response, marks)
  if (rp.settings.responseMode.startsWith('form_post'))
    return formCallback(rp, end, recordLimit(most.responses, LIFETIME))
  return {
    methods: ['GET'],
    handle: async (req, res) => end(req, res, await verifyResponse(rp, readQuery(req))),
  }
}

type End = (req: Request, res: Response, response: URLSearchParams) => Promise<void>

/**
 * The provider lets the browser post its response (OAuth 2.0 Form Post Response Mode §2). A post from another site carries no
 * Lax cookies, so the response is stored, and the browser is sent to come back for it with its cookies.
 */
function formCallback(rp: SessionRelyingParty, end: End, responses: RecordLimit): Route {
  const { baseUrl, routes } = rp.settings
  return {
    methods: ['GET', 'POST'],
    async handle(req, res) {
      if (req.method === 'POST') {
        leaveSession(req)
        const response = await verifyResponse(rp, await readForm(req))
        await responses.keep(() => keepResponse(rp, response))
        const own = new URLSearchParams({ state: response.get('state') ?? '' }).toString()
        return sendRedirect(res, `${baseUrl}${routes.callback}?${own}`)
      }
      const state = single(readQuery(req), 'state') ?? ''
      const response = await readResponse(rp, state)
      if (response) return end(req, res, response)
      await endTaken(rp, req, res, await findTransaction(rp, req, state))
    },
  }
}

async function endSignIn(
  rp: SessionRelyingParty,
  req: Request,
  res: Response,
  response: URLSearchParams,
  marks: RecordLimit,
): Promise<void> {
  await rp.connect() // before the transaction is used up: while the provider is unavailable, the sign-in can wait
  const taken = await marks.keep(
    () => takeTransaction(rp, req, res, response.get('state') ?? ''),
    ({ kind }) => kind === 'found',
  )
  const fields = takeFields(response, rp.settings.callbackFields)
  await endTaken(rp, req, res, withFields(taken, fields), response)
}

/** Fields go with the transaction of this browser, into a sign-in that starts again too. Those of another browser are dropped. */
function withFields(taken: Taken, fields: UnsignedFields): Taken {
  if (!taken.transaction) return taken
  const unsignedFields = { ...taken.transaction.unsignedFields, ...fields }
  return { ...taken, transaction: { ...taken.transaction, unsignedFields } }
}

/** A silent sign-in that fails for any reason ends where it began. */
async function endTaken(
  rp: SessionRelyingParty,
  req: Request,
  res: Response,
  taken: Taken,
  response = new URLSearchParams(),
): Promise<void> {
  const ended =
    taken.kind === 'found'
      ? completeOrRelease(rp, req, res, response, taken)
      : endWithoutCode(rp, req, res, taken)
  await ended.catch(error => {
    const failure = nameClient(error, taken.transaction?.clientId)
    if (taken.purpose !== 'silent') throw failure
    endSilently(rp.settings, res, taken, failure)
  })
}

/** If the provider or a store is unavailable, the user can try again from the error page. */
async function completeOrRelease(
  rp: SessionRelyingParty,
  req: Request,
  res: Response,
  response: URLSearchParams,
  { transaction, isRetry }: Extract<Taken, { kind: 'found' }>,
): Promise<void> {
  let isCodeUnused = true
  const onCodeSent = (): void => {
    isCodeUnused = false
  }
  try {
    await complete(rp, req, res, response, transaction, onCodeSent)
  } catch (error) {
    if (!(error instanceof OidcError) || res.headersSent) throw error
    if (isRetry && error.code === 'ERR_OIDC_CODE_REFUSED')
      return startOver(rp, req, res, transaction, 'its code was refused after the provider was back')
    const isPassing = error.retryAfter !== undefined || error.code === 'ERR_OIDC_USER_INFO_UNAVAILABLE'
    if (isPassing) await releaseTransaction(rp, req, res, transaction, isCodeUnused).catch(() => undefined) // the store is unavailable, too
    throw error
  }
}

async function complete(
  rp: SessionRelyingParty,
  req: Request,
  res: Response,
  response: URLSearchParams,
  transaction: Transaction,
  onCodeSent: () => void,
): Promise<void> {
  const connection = await rp.connectAs(transaction.clientId)
  if (!connection) return startOver(rp, req, res, transaction, 'its client is no longer used')
  verifyResponseIssuer(connection, response.get('iss') ?? undefined)
  if (response.has('error')) {
    rp.note('login failed')
    return endWithError(rp, req, res, transaction, response)
  }
  verifySessionCookie(rp.settings, req)
  if (await isKeyLost(connection, transaction.jkt))
    return startOver(rp, req, res, transaction, 'its code is bound to a key that is gone')
  // The code belongs to the client that began the sign-in (RFC 6749 §4.1.3).
  const tokens = await rp.requestAs(connection, client =>
    exchangeCode(client, response, transaction, onCodeSent),
  )
  if (!tokens) return startOver(rp, req, res, transaction, 'its client had to be replaced')
  rp.note('login succeeded')
  await signIn(rp, req, res, { connection, tokens, transaction })
  await expectSession(rp, req, res)
  sendRedirect(res, transaction.returnTo)
}

/** Handles a sign-in that was completed before or cannot be completed. The code is not used. */
async function endWithoutCode(
  rp: SessionRelyingParty,
  req: Request,
  res: Response,
  taken: Exclude<Taken, { kind: 'found' }>,
): Promise<void> {
  const begun: Begun = {
    returnTo: `${rp.settings.baseUrl}/`,
    parameters: {},
    unsignedFields: {},
    ...taken.transaction,
    ...(taken.kind === 'used' && { returnTo: taken.returnTo }),
  }
  const { returnTo } = begun
  const isStepUp = taken.kind === 'lost' && taken.purpose === 'step-up' // its page would ask for it again, forever
  if (readLogin(req, rp.settings) && !isStepUp) return sendRedirect(res, returnTo)
  if (taken.kind === 'used') {
    // A reload, or a service worker: the browser still has the cookie, so it has not got the answer to the first request.
    const isUnanswered = taken.transaction !== undefined && isNavigation(req)
    if (!isUnanswered) throw new OidcError('ERR_OIDC_TRANSACTION_USED')
    if (taken.purpose !== 'start') return sendRedirect(res, returnTo)
    return restart(rp, req, res, begun, 'its callback came twice')
  }
  if (taken.purpose !== 'start') throw transactionLost(rp.settings, req, taken.transaction !== undefined)
  await restart(rp, req, res, begun, 'its transaction was lost')
}
