import { createHash } from 'node:crypto'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { verifyState } from './transactions.ts'

/** Seconds. The browser comes for it immediately. */
const LIFETIME = 60

/**
 * Keeps a posted authorization response until the browser comes back for it with its cookies. The first one for a `state`
 * counts. Its code is useless without the code verifier, which the browser holds.
 *
 * @throws {@link OidcError} `ERR_OIDC_STATE_UNKNOWN` for a `state` that this app did not create.
 */
export async function keepResponse(
  rp: Pick<RelyingParty, 'settings' | 'sealer'>,
  response: URLSearchParams,
): Promise<void> {
  const state = response.get('state') ?? ''
  await verifyState(rp, state)
  await rp.settings.store.set(responseKey(state), response.toString(), { lifetime: LIFETIME, ifAbsent: true })
}

/** Reads the response that was posted with this `state`. It stays, so that a reload ends like any other replay. */
export async function readResponse(
  rp: Pick<RelyingParty, 'settings' | 'sealer'>,
  state: string,
): Promise<URLSearchParams | undefined> {
  const kept = await rp.settings.store.get(responseKey(state))
  if (!kept) return undefined
  const response = new URLSearchParams(kept.value)
  if (response.get('state') === state) return response
  throw new OidcError('ERR_OIDC_STORE_CORRUPT', {
    message: `The response of a sign-in in ${rp.settings.store.location} cannot be read. It expires within minutes.`,
  })
}

const responseKey = (state: string): string =>
  `response:${createHash('sha256').update(state).digest('base64url')}`
