import type { Request } from 'express'
import type { TokenSet } from '../protocol/authorization.ts'
import type { Connection } from '../protocol/connection.ts'
import type { RelyingParty } from '../relying-party/relying-party.ts'
import { buildLogin, readHeldLogin, writeLogin } from '../session/logins.ts'
import { forgetLogin } from '../session/owners.ts'
import { writeTokens } from '../session/tokens.ts'
import type { Transaction } from '../session/transactions.ts'
import { publish } from '../vocabulary/events.ts'
import { runHook, verifyAcceptance } from './hooks.ts'
import { getUserInfoAtLogin } from './user-info.ts'

/** Signs the user in: from here on `req.user` is he. */
export async function signIn(
  rp: RelyingParty,
  req: Request,
  connection: Connection,
  tokens: TokenSet,
  transaction: Transaction,
): Promise<void> {
  const userInfo = await getUserInfoAtLogin(rp, connection, tokens)
  const before = readHeldLogin(req)
  const login = buildLogin(rp.settings, transaction, tokens, userInfo)
  await verifyAcceptance(rp, login, req)
  await writeTokens(rp, login, tokens)
  await writeLogin(req, login)
  if (before) await forgetLogin(before, rp).catch(() => undefined) // nobody is kept out for want of tidiness: tokens expire
  publish('login.completed', { issuer: login.issuer, clientId: login.clientId, loginId: login.id })
  await runHook(rp, 'onLogin', login, req)
}
