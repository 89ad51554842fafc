import type { AdapterPayload, Provider } from 'oidc-provider'

/** Not in the types of oidc-provider. */
interface LogoutReceiver {
  backchannelLogout(sub: string, sid: string): Promise<void>
}

/**
 * Ends a session as its user would on the provider's page: the client that knows it by this `sid`, and all its other clients, get
 * a logout token. Does nothing if there is no such session.
 */
export async function endSession(
  provider: Provider,
  stored: readonly AdapterPayload[],
  sid: string,
): Promise<void> {
  const found = stored.find(({ authorizations = {} }) =>
    Object.values(authorizations).some(authorization => authorization.sid === sid),
  )
  const session = found?.uid && (await provider.Session.findByUid(found.uid))
  if (!session) return
  const { accountId = '', authorizations = {} } = session
  await session.destroy() // first, so that nobody can sign in again with it meanwhile
  await Promise.all(
    Object.entries(authorizations).map(async ([clientId, authorization]) => {
      const client = await provider.Client.find(clientId)
      if (client?.backchannelLogoutUri && authorization.sid && isLogoutReceiver(client))
        await client.backchannelLogout(accountId, authorization.sid)
    }),
  )
}

function isLogoutReceiver(client: object): client is LogoutReceiver {
  return 'backchannelLogout' in client && typeof client.backchannelLogout === 'function'
}
