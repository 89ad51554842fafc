import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buildSecrets } from '../../protocol/sign-in/authorization.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { ifUnchanged } from '../../stores/compare-and-set.ts'
import type { SetOptions } from '../../stores/store.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import {
  forgetTransaction,
  hasOpenTransaction,
  keepTransaction,
  type Purpose,
  purposes,
  readTransaction,
  type Transaction,
  writeTransaction,
} from './transaction-cookies.ts'

/** What a transaction needs of a relying party. */
type SealingParty = Pick<RelyingParty, 'settings' | 'sealer'>

/** What a transaction begins with. */
type Begun = Pick<
  Transaction,
  'clientId' | 'scope' | 'returnTo' | 'parameters' | 'maxAge' | 'jkt' | 'stepUps' | 'unsignedFields'
>

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

/** Milliseconds by which the clocks of two replicas may differ. A sign-in that began later than that starts again. */
const TOLERANCE = 60_000

/** Seconds for which a mark tells that the code of a transaction was used: longer than any transaction is open. */
export const MARKED = (LIFETIME + TOLERANCE) / 1_000

/** Characters of a URL that a mark keeps: anyone can start sign-ins, and each leaves one. A longer one becomes the start page. */
const LONGEST_KEPT = 512

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
  begun: Begun & { readonly isRestart: boolean },
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
    purpose,
    redirectUri,
    ...particulars,
    startedAt: Date.now(),
  }
  writeTransaction({ settings: rp.settings, sealer }, req, res, transaction)
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
  const { purpose, transaction } = await findTransaction(rp, req, state)
  const isOpen = transaction !== undefined && isOpenAt(Date.now(), transaction)
  if (isOpen && (await claimTransaction(rp.settings, res, transaction, { ifAbsent: true })))
    return { kind: 'found', purpose, transaction, isRetry: false }

  const used = await rp.settings.store.get(usedKey(state))
  if (used && used.value !== RELEASED) {
    const kept = verifyReturn(rp.settings, used.value)
    return { kind: 'used', purpose, transaction, returnTo: transaction?.returnTo ?? kept }
  }
  if (!isOpen) {
    if (transaction) forgetTransaction(rp.settings, res, state)
    return { kind: 'lost', purpose, transaction }
  }
  if (await claimTransaction(rp.settings, res, transaction, ifUnchanged(used)))
    return { kind: 'found', purpose, transaction, isRetry: used !== undefined }
  return { kind: 'used', purpose, transaction, returnTo: transaction.returnTo }
}

function isOpenAt(now: number, { startedAt }: Transaction): boolean {
  return startedAt <= now + TOLERANCE && now - startedAt <= LIFETIME
}

/** Marks a transaction as used. Returns `false` if another callback came first. */
async function claimTransaction(
  settings: Settings,
  res: ServerResponse,
  { state, returnTo }: Transaction,
  condition: SetOptions,
): Promise<boolean> {
  const kept = returnTo.length > LONGEST_KEPT ? `${settings.baseUrl}/` : returnTo
  const version = await settings.store.set(usedKey(state), kept, { ...condition, lifetime: MARKED })
  if (version !== undefined) forgetTransaction(settings, res, state)
  return version !== undefined
}

/**
 * After a failure that was not the sign-in's fault: the browser keeps its transaction, so that opening the callback again starts
 * the sign-in again on its return path. If the code has certainly not reached the provider, it can still be used.
 */
export async function releaseTransaction(
  rp: SealingParty,
  req: IncomingMessage,
  res: ServerResponse,
  transaction: Transaction,
  isCodeUnused: boolean,
): Promise<void> {
  const { settings } = rp
  const { state, unsignedFields } = transaction
  keepTransaction(settings, res, state)
  if (Object.keys(unsignedFields).length > 0)
    writeTransaction({ settings, sealer: await rp.sealer() }, req, res, transaction)
  if (isCodeUnused) await settings.store.set(usedKey(state), RELEASED, { lifetime: MARKED })
}

/**
 * Finds the transaction of a callback without taking it. That it was sealed says that this app created its `state`; without it, the
 * `state` itself must say so, and another replica may have a newer key.
 *
 * @throws {@link OidcError} `ERR_OIDC_STATE_UNKNOWN` for a `state` that this app did not create.
 */
export async function findTransaction(
  rp: SealingParty,
  req: IncomingMessage,
  state: string,
): Promise<Extract<Taken, { kind: 'lost' }>> {
  const read = async (): Promise<Transaction | undefined> =>
    readTransaction({ settings: rp.settings, sealer: await rp.sealer() }, req, state)
  const found = await read()
  if (found) return { kind: 'lost', purpose: found.purpose, transaction: found }
  const purpose = await verifyState(rp, state)
  return { kind: 'lost', purpose, transaction: await read() }
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
  for (const again of [false, true]) {
    const sealer = await rp.sealer({ again })
    const purpose = purposes.find(known => sealer.isToken(known, state))
    if (purpose) return purpose
  }
  throw new OidcError('ERR_OIDC_STATE_UNKNOWN')
}

const usedKey = (state: string): string => `used:${hash('sha256', state, 'base64url')}`
