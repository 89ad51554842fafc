import type { Request, Response } from 'express'
import {
  buildAuthorizationError,
  exchangeCode,
  type TokenSet,
  verifyResponseIssuer,
} from '../protocol/authorization.ts'
import type { Connection } from '../protocol/connection.ts'
import { isRestartable } from '../protocol/quirks.ts'
import { getOidcUserInfo, hasUserInfo } from '../protocol/user-info.ts'
import type { RelyingParty } from '../relying-party/relying-party.ts'
import { admitLogin, endReplaced } from '../session/login-endings.ts'
import { buildLogin, readLogin, writeLogin } from '../session/logins.ts'
import { writeTokens } from '../session/tokens.ts'
import { type Taken, type Transaction, takeTransaction } from '../session/transactions.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { publish } from '../vocabulary/events.ts'
import { sendRedirect } from './answer.ts'
import { startLogin } from './login.ts'
import { readForm, readQuery } from './parameters.ts'
import type { Route } from './route.ts'

/** Makes the route that takes the provider's answer and signs the user in (OpenID Connect Core 1.0 §3.1.2.5). */
export function callback(rp: RelyingParty): Route {
  const isForm = rp.settings.responseMode === 'form_post'
  return {
    methods: [isForm ? 'POST' : 'GET'],
    async handle(req, res) {
      const response = verifyParameters(isForm ? await readForm(req) : readQuery(req))
      await rp.connect() // before the transaction is used up: while the provider is away, the sign-in can wait
      const taken = await takeTransaction(rp, req, res, response.get('state') ?? '')
      if (taken.kind !== 'found') return endWithoutCode(rp, req, res, taken)
      const { transaction } = taken
      const connection = await rp.connectAs(transaction.clientId)
      if (!connection) return startOver(rp, req, res, transaction, 'its client is no longer used')
      verifyResponseIssuer(connection, response.get('iss') ?? undefined)
      rp.note('login returned')
      const error = response.get('error')
      if (error !== null) return endWithError(rp, req, res, transaction, error)
      const tokens = await redeemCode(rp, connection, response, transaction)
      if (!tokens) return startOver(rp, req, res, transaction, 'its client had to be replaced')
      await signIn(rp, req, res, { connection, tokens, transaction })
      sendRedirect(res, transaction.returnTo)
    },
  }
}

const known = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri', 'session_state']
const LONGEST = 4_096

/** RFC 6749 §3.1: no parameter twice. Tokens have no place in the front channel of the code flow. */
function verifyParameters(response: URLSearchParams): URLSearchParams {
  const reject = (problem: string): never => {
    throw new OidcError('ERR_OIDC_CALLBACK_INVALID', {
      message: `The answer of the sign-in is not valid: ${problem}.`,
    })
  }
  for (const name of known) {
    const values = response.getAll(name)
    if (values.length > 1) reject(`${name} occurs more than once`)
    if (values.some(value => value.length > LONGEST || value.includes('\0')))
      reject(`${name} is too long or not text`)
  }
  for (const name of ['id_token', 'access_token', 'token', 'response'])
    if (response.has(name)) reject(`${name} was not asked for`)
  if (!response.get('state')) reject('state is missing')
  if (!response.get('code') && !response.get('error')) reject('code is missing')
  return response
}

/** A sign-in that was completed before, or that cannot be completed: the code is not used. */
async function endWithoutCode(
  rp: RelyingParty,
  req: Request,
  res: Response,
  taken: Exclude<Taken, { kind: 'found' }>,
): Promise<void> {
  const returnTo = taken.returnTo ?? `${rp.settings.baseUrl}/`
  const isStepUp = taken.kind === 'lost' && taken.purpose === 'step-up' // its page would ask for it again, for ever
  if (readLogin(req, rp.settings) && !isStepUp) return sendRedirect(res, returnTo)
  if (taken.kind === 'used') throw new OidcError('ERR_OIDC_TRANSACTION_USED')
  if (taken.purpose !== 'start') throw new OidcError('ERR_OIDC_TRANSACTION_LOST')
  await restart(rp, req, res, returnTo, 'its transaction was lost')
}

/** An error response of the provider (RFC 6749 §4.1.2.1). A login that is there stays. */
async function endWithError(
  rp: RelyingParty,
  req: Request,
  res: Response,
  transaction: Transaction,
  error: string,
): Promise<void> {
  const mayRestart = isRestartable(error) && (await rp.sealer()).isToken('start', transaction.state)
  if (!mayRestart) throw buildAuthorizationError(error)
  await restart(rp, req, res, transaction.returnTo, error)
}

/** Begins a sign-in again on its own return path, once: a second time there is more wrong than a lost moment. */
async function startOver(
  rp: RelyingParty,
  req: Request,
  res: Response,
  transaction: Transaction,
  reason: string,
): Promise<void> {
  const mayRestart = (await rp.sealer()).isToken('start', transaction.state)
  if (!mayRestart) throw new OidcError('ERR_OIDC_TRANSACTION_LOST')
  await restart(rp, req, res, transaction.returnTo, reason)
}

async function restart(
  rp: RelyingParty,
  req: Request,
  res: Response,
  returnTo: string,
  reason: string,
): Promise<void> {
  publish('login.restarted', { issuer: rp.settings.issuer, reason })
  await startLogin(rp, req, res, returnTo, { isRestart: true })
}

/**
 * Exchanges the code by the client that began the sign-in, because it belongs to that one (RFC 6749 §4.1.3). If the provider
 * refuses the client, it is healed and the code sent again: a refused client has not used it. `undefined` if another
 * client has taken its place.
 */
async function redeemCode(
  rp: RelyingParty,
  connection: Connection,
  response: URLSearchParams,
  transaction: Transaction,
  attempts = 3,
): Promise<TokenSet | undefined> {
  try {
    return await exchangeCode(connection, response, transaction)
  } catch (error) {
    if (!(error instanceof OidcError) || error.code !== 'ERR_OIDC_CLIENT_REFUSED') throw error
    const healed = attempts > 1 ? await rp.heal(connection) : undefined
    if (!healed) throw error
    if (healed.clientId !== connection.clientId) return undefined
    return redeemCode(rp, healed, response, transaction, attempts - 1)
  }
}

interface Redeemed {
  readonly connection: Connection
  readonly tokens: TokenSet
  readonly transaction: Transaction
}

async function signIn(
  rp: RelyingParty,
  req: Request,
  res: Response,
  { connection, tokens, transaction }: Redeemed,
): Promise<void> {
  const { accessToken, claims } = tokens
  const userInfo = hasUserInfo(connection) ? await getOidcUserInfo(connection, accessToken, claims.sub) : {}
  const login = buildLogin(rp.settings, transaction, tokens, userInfo)
  await writeTokens(rp, login, tokens)
  await endReplaced(rp, readLogin(req, rp.settings))
  await writeLogin(req, login)
  await admitLogin(rp, req, res, transaction.startedAt)
  publish('login.completed', { issuer: login.issuer, clientId: login.clientId, loginId: login.id })
}
