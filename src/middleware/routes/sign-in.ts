import type { Request, Response } from 'express'
import type { Connection } from '../../protocol/provider/connection.ts'
import type { TokenSet } from '../../protocol/sign-in/authorization.ts'
import type { Transaction } from '../../session/browser/transaction-cookies.ts'
import { buildLogin, readHeldLogin, writeLogin } from '../../session/login/login.ts'
import { writeTokens } from '../../session/login/token-record.ts'
import { ownerOf } from '../../session/login-owner.ts'
import { admitLogin, endReplaced } from '../../session/logout/end-logins.ts'
import type { SessionRelyingParty } from '../../session/session-relying-party.ts'
import { publish } from '../../vocabulary/events.ts'
import { getUserInfoAtLogin } from '../tokens/user-info.ts'
import { runHook, verifyAcceptance } from './run-hooks.ts'

/** A sign-in whose code the provider has exchanged for tokens. */
interface Redeemed {
  readonly connection: Connection
  readonly tokens: TokenSet
  readonly transaction: Transaction
}

/** Signs the user in. */
export async function signIn(
  rp: SessionRelyingParty,
  req: Request,
  res: Response,
  { connection, tokens, transaction }: Redeemed,
): Promise<void> {
  const userInfo = await getUserInfoAtLogin(rp.settings, connection, tokens)
  const login = buildLogin(rp.settings, transaction, tokens, userInfo)
  await verifyAcceptance(rp.settings, login, req)
  await writeTokens(rp.settings, login, tokens)
  const replaced = readHeldLogin(req)
  await endReplaced(ownerOf(replaced, rp).logins, replaced)
  await writeLogin(req, login)
  await admitLogin(rp.logins, req, res, transaction.startedAt)
  publish('login.completed', { issuer: login.issuer, clientId: login.clientId, loginId: login.id })
  await runHook(rp.settings, 'onLogin', login, req)
}
