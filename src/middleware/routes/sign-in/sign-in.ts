import type { Request, Response } from 'express'
import type { Connection } from '../../../protocol/provider/connection.ts'
import type { TokenSet } from '../../../protocol/sign-in/authorization.ts'
import type { Transaction } from '../../../session/browser/transaction-cookies.ts'
import { buildLogin } from '../../../session/login/login.ts'
import { readHeldLogin, writeLogin } from '../../../session/login/request-login.ts'
import { writeTokens } from '../../../session/login/token-record.ts'
import { ownerOf } from '../../../session/login-owner.ts'
import { admitLogin, endReplaced } from '../../../session/logout/end-logins.ts'
import type { SessionRelyingParty } from '../../../session/session-relying-party.ts'
import { publish } from '../../../vocabulary/events.ts'
import { getUserInfoAtLogin } from '../../tokens/user-info.ts'
import { withClaimsFromElsewhere } from './resolve-claims.ts'
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
  const begun = buildLogin(rp.settings, transaction, tokens, userInfo)
  const login = await withClaimsFromElsewhere(rp.settings, begun, { tokens, userInfo }, req)
  await verifyAcceptance(rp.settings, login, req, transaction.unsignedFields)
  await writeTokens(rp.settings, login, tokens)
  const replaced = readHeldLogin(req)
  await endReplaced(ownerOf(replaced, rp).logins, replaced)
  await writeLogin(req, login, rp.logins.beginning)
  await admitLogin(rp.logins, req, res, transaction.startedAt)
  rp.settings.tally.signIns += 1
  const { issuer, clientId, id: loginId } = login
  publish('login.completed', { issuer, clientId, loginId, generation: connection.generation })
  await runHook(rp.settings, 'onLogin', login, req, transaction.unsignedFields)
}
