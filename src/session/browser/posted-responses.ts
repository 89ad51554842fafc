import { hash } from 'node:crypto'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { verifyState } from './transactions.ts'

/** Seconds. The browser comes for it immediately. */
export const LIFETIME = 60
/** Bytes of a response as it is kept: anyone who starts a sign-in can post one. */
const LARGEST = 8_192

/**
 * Keeps a posted authorization response until the browser comes back for it with its cookies. The first one for a `state`
 * counts: for another one it returns `false`. Its code is useless without the code verifier, which the browser holds.
 *
 * @throws {@link OidcError} `ERR_OIDC_STATE_UNKNOWN` for a `state` that this app did not create, `ERR_OIDC_CALLBACK_INVALID` for a
 * response that is too large.
 */
export async function keepResponse(
  rp: Pick<RelyingParty, 'settings' | 'sealer'>,
  response: URLSearchParams,
): Promise<boolean> {
  const state = response.get('state') ?? ''
  await verifyState(rp, state)
  const text = shorten(rp.settings, response).toString()
  const version = await rp.settings.store.set(responseKey(state), text, {
    lifetime: LIFETIME,
    ifAbsent: true,
  })
  return version !== undefined
}

/** Leaves out fields that only the app wants to see, until the rest fits. */
function shorten({ callbackFields, logOnce }: Settings, response: URLSearchParams): URLSearchParams {
  const isTooLarge = (): boolean => response.toString().length > LARGEST
  for (const name of callbackFields) {
    if (!isTooLarge()) break
    if (response.has(name)) logOnce(`The callback field ${name} of a sign-in was left out: it is too long.`)
    response.delete(name)
  }
  if (!isTooLarge()) return response
  throw new OidcError('ERR_OIDC_CALLBACK_INVALID', {
    message: `The sign-in response is not valid: it is larger than ${LARGEST} bytes.`,
  })
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

const responseKey = (state: string): string => `response:${hash('sha256', state, 'base64url')}`
