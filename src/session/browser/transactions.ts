import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buildSecrets } from '../../protocol/sign-in/authorization.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import {
  forgetTransaction,
  hasOpenTransaction,
  keepTransaction,
  readTransaction,
  type Transaction,
  writeTransaction,
} from './transaction-cookies.ts'

/** What a transaction needs of a relying party. */
type SealingParty = Pick<RelyingParty, 'settings' | 'sealer'>

/** Why a sign-in was started. Its `state` says so even when the transaction is lost: only a `start` is started again. */
type Purpose = 'start' | 'restart' | 'step-up' | 'silent'

/** What a callback learns about the sign-in that it claims to finish. */
export type Taken = { readonly purpose: Purpose } & (
  | {
      readonly kind: 'found'
      readonly transaction: Transaction
      /** An earlier callback could not reach the provider. */
      readonly isRetry: boolean
    }
  /** It was started here, but it is too old or its cookie is gone. */
  | { readonly kind: 'lost'; readonly transaction: Transaction | undefined }
  /** It was finished before, or is being finished. While the browser still has its cookie, it has not got that answer. */
  | { readonly kind: 'used'; readonly returnTo: string; readonly transaction: Transaction | undefined }
)

/** How long a sign-in may take, in milliseconds. */
const LIFETIME = 10 * 60_000

/** Seconds for which a mark tells that the code of a transaction was used. */
const MARKED = LIFETIME / 1_000 + 60

/** In place of a return path in a mark: the code has not reached the provider. */
const RELEASED = 'released'

/** Whether this browser starts a sign-in again that has not returned, as users do who got no further at the provider. */
export async function isRepeated(rp: SealingParty, req: IncomingMessage): Promise<boolean> {
  return hasOpenTransaction({ settings: rp.settings, sealer: await rp.sealer() }, req)
}

/** Starts a transaction and gives its cookie to the browser. */
export async function startTransaction(
  rp: SealingParty,
  req: IncomingMessage,
  res: ServerResponse,
  begun: Pick<Transaction, 'clientId' | 'scope' | 'returnTo' | 'parameters' | 'maxAge' | 'stepUps'> & {
    readonly isRestart: boolean
  },
): Promise<Transaction> {
  const { issuer, redirectUri } = rp.settings
  const { isRestart, ...particulars } = begun
  const sealer = await rp.sealer({ again: true })
  const purpose = isRestart ? 'restart' : purposeOf(begun)
  const state = sealer.token(purpose)
  const transaction: Transaction = {
    ...buildSecrets(),
    issuer,
    state,
    redirectUri,
    ...particulars,
    startedAt: Date.now(),
  }
  await writeTransaction({ settings: rp.settings, sealer }, req, res, transaction)
  return transaction
}

function purposeOf({ stepUps, parameters }: Pick<Transaction, 'stepUps' | 'parameters'>): Purpose {
  if (stepUps.length > 0) return 'step-up'
  return parameters['prompt'] === 'none' ? 'silent' : 'start'
}

/**
 * Takes the transaction of a callback: the first caller gets it, on any replica, and nobody finds it again.
 *
 * @throws {@link OidcError} `ERR_OIDC_STATE_UNKNOWN` for a `state` that this app did not create.
 */
export async function takeTransaction(
  rp: SealingParty,
  req: IncomingMessage,
  res: ServerResponse,
  state: string,
): Promise<Taken> {
  const purpose = await verifyState(rp, state)
  const sealer = await rp.sealer()
  const transaction = await readTransaction({ settings: rp.settings, sealer }, req, state)
  const used = await rp.settings.store.get(usedKey(state))
  const isRetry = used?.value === RELEASED
  if (used && !isRetry)
    return { kind: 'used', purpose, transaction, returnTo: verifyReturn(rp.settings, used.value) }

  if (!transaction || Date.now() - transaction.startedAt > LIFETIME) {
    if (transaction) forgetTransaction(rp.settings, res, state)
    return { kind: 'lost', purpose, transaction }
  }
  const claim = { lifetime: MARKED, ...(used ? { ifVersion: used.version } : { ifAbsent: true as const }) }
  const claimed = await rp.settings.store.set(usedKey(state), transaction.returnTo, claim)
  if (claimed === undefined) return { kind: 'used', purpose, transaction, returnTo: transaction.returnTo }
  forgetTransaction(rp.settings, res, state)
  return { kind: 'found', purpose, transaction, isRetry }
}

/**
 * After a failure that was not the sign-in's fault: the browser keeps its transaction, so that opening the callback again starts
 * the sign-in again on its return path. If the code has certainly not reached the provider, it can still be used.
 */
export async function releaseTransaction(
  { settings }: SealingParty,
  res: ServerResponse,
  { state }: Transaction,
  isCodeUnused: boolean,
): Promise<void> {
  keepTransaction(settings, res, state)
  if (isCodeUnused) await settings.store.set(usedKey(state), RELEASED, { lifetime: MARKED })
}

/** Finds the transaction of a callback without a response. */
export async function findTransaction(
  rp: SealingParty,
  req: IncomingMessage,
  state: string,
): Promise<Extract<Taken, { kind: 'lost' }>> {
  const purpose = await verifyState(rp, state)
  const cookies = { settings: rp.settings, sealer: await rp.sealer() }
  return { kind: 'lost', purpose, transaction: await readTransaction(cookies, req, state) }
}

/** The URL in a mark is where the browser is sent: part of one may lead to another site. */
function verifyReturn({ baseUrl, store }: Settings, kept: string): string {
  if (URL.canParse(kept) && new URL(kept).origin === new URL(baseUrl).origin) return kept
  throw new OidcError('ERR_OIDC_STORE_CORRUPT', {
    message: `The mark of a sign-in in ${store.location} cannot be read. It expires within minutes.`,
  })
}

/**
 * Says why the sign-in with this `state` was started.
 *
 * @throws {@link OidcError} `ERR_OIDC_STATE_UNKNOWN` for one that this app did not create.
 */
export async function verifyState(rp: SealingParty, state: string): Promise<Purpose> {
  const purposes = ['start', 'restart', 'step-up', 'silent'] as const
  for (const again of [false, true]) {
    const sealer = await rp.sealer({ again })
    const purpose = purposes.find(known => sealer.isToken(known, state))
    if (purpose) return purpose
  }
  throw new OidcError('ERR_OIDC_STATE_UNKNOWN')
}

const usedKey = (state: string): string => `used:${createHash('sha256').update(state).digest('base64url')}`
