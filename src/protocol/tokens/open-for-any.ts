import type { EncryptedKind } from '../keys/encryption-algorithms.ts'
import { UnopenedResponse } from '../keys/response-encryption.ts'
import type { Connection } from '../provider/connection.ts'

/**
 * Opens an encrypted token that anyone can send, with the keys of whichever client of this app it is for: which one that is can
 * only be read inside.
 *
 * @returns The signed JWT, or `undefined` if no client's key opens it.
 */
export async function openForAny(
  kind: EncryptedKind,
  token: string,
  clients: readonly Pick<Connection, 'openResponse'>[],
): Promise<string | undefined> {
  for (const client of clients) {
    const opened = await client.openResponse(kind, token).catch(error => {
      if (!(error instanceof UnopenedResponse)) throw error
    })
    if (opened !== undefined) return opened
  }
  return undefined
}
