import { revokeTokens } from '../../protocol/tokens/revocation.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { nameClient, OidcError } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import type { Login } from '../login/login.ts'
import type { Tokens } from '../login/token-record.ts'

/** Starts to revoke the tokens of a login that has ended, if the app wants that. The sign-out neither waits for it nor fails with it. */
export function startRevocation(
  rp: Pick<RelyingParty, 'settings' | 'connectAs'>,
  login: Login,
  tokens: Tokens,
): void {
  const { revokeOnLogout, issuer, log, failures } = rp.settings
  if (!revokeOnLogout) return
  revoke(rp, login, tokens).catch(error => {
    if (error instanceof OidcError) failures.report(nameClient(error, login.clientId))
    else log(error.message)
    publish('revocation.failed', { issuer, loginId: login.id, error })
  })
}

/** As the client that the tokens were issued to (RFC 7009 §2.1). */
async function revoke(
  rp: Pick<RelyingParty, 'settings' | 'connectAs'>,
  { clientId }: Login,
  tokens: Tokens,
): Promise<void> {
  const connection = await rp.connectAs(clientId)
  if (connection) await revokeTokens(connection, tokens)
}
