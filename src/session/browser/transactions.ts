import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Sealer } from '../../protocol/sealing.ts'
import { buildSecrets } from '../../protocol/sign-in/authorization.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { type Cookie, type CookieOptions, cookieName, readCookies, writeCookie } from './cookies.ts'

/** What must survive the round trip to the provider. Kept by the browser, sealed, one cookie for each sign-in. */
export interface Transaction {
  readonly issuer: string
  readonly clientId: string
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  readonly redirectUri: string
  readonly scope: string
  /** Absolute URL of this app. */
  readonly returnTo: string
  /** The request's `max_age` in seconds, if it had one. */
  readonly maxAge: number | undefined
  /** What this authorization request asked beside the usual, so that one which starts again asks it too. */
  readonly parameters: Readonly<Record<string, string>>
  /** The step-ups that led here, this one last. */
  readonly stepUps: readonly string[]
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

/** Why a sign-in was begun. Its `state` tells, even when the transaction is lost: only a `start` is started again. */
type Purpose = 'start' | 'restart' | 'step-up' | 'silent'

/** What a callback finds out about the sign-in that it claims to end. */
export type Taken = { readonly purpose: Purpose } & (
  | { readonly kind: 'found'; readonly transaction: Transaction }
  /** It was begun here, but is too old or its cookie is gone. */
  | { readonly kind: 'lost'; readonly transaction: Transaction | undefined }
  /** It was ended before. */
  | { readonly kind: 'used'; readonly returnTo: string }
)

/** How long a sign-in may take, in milliseconds. */
const LIFETIME = 10 * 60_000
/** How long its return path is remembered, so that one that took too long starts again on its own, in seconds. */
const REMEMBERED = 60 * 60
const MOST = 8
/** Bytes that browsers keep of one cookie, less its name. */
const LARGEST_COOKIE = 4_000
/** Bytes that all transactions of a browser may have together: servers refuse a header of 16 KiB. */
const LARGEST = 8_000

/** Begins a transaction and gives its cookie to the browser. */
export async function startTransaction(
  rp: RelyingParty,
  req: IncomingMessage,
  res: ServerResponse,
  begun: Pick<Transaction, 'clientId' | 'returnTo' | 'parameters' | 'maxAge' | 'stepUps'> & {
    readonly isRestart: boolean
  },
): Promise<Transaction> {
  const { issuer, redirectUri, scope } = rp.settings
  const { isRestart, ...particulars } = begun
  const sealer = await rp.sealer()
  const purpose = isRestart ? 'restart' : purposeOf(begun)
  const state = sealer.token(purpose)
  const transaction: Transaction = {
    ...buildSecrets(),
    issuer,
    state,
    redirectUri,
    scope,
    ...particulars,
    startedAt: Date.now(),
  }
  const name = transactionCookie(rp, state)
  const cookie = { name, value: await sealTransaction(sealer, name, transaction) }
  await makeRoom(rp, req, res, sealer, cookie.value.length)
  writeCookie(res, cookie, attributes(rp, REMEMBERED))
  return transaction
}

function purposeOf({ stepUps, parameters }: Pick<Transaction, 'stepUps' | 'parameters'>): Purpose {
  if (stepUps.length > 0) return 'step-up'
  return parameters['prompt'] === 'none' ? 'silent' : 'start'
}

/**
 * Takes the transaction of a callback: whoever calls first gets it, on any replica; it is never found again.
 *
 * @throws {@link OidcError} `ERR_OIDC_STATE_UNKNOWN` for a `state` that this app did not make.
 */
export async function takeTransaction(
  rp: RelyingParty,
  req: IncomingMessage,
  res: ServerResponse,
  state: string,
): Promise<Taken> {
  const purpose = await verifyState(rp, state)
  const sealer = await rp.sealer()
  const used = await rp.settings.store.get(usedKey(state))
  if (used) return { kind: 'used', purpose, returnTo: used.value }

  const transaction = await readTransaction(rp, req, sealer, state)
  if (!transaction || Date.now() - transaction.startedAt > LIFETIME) {
    if (transaction) forgetTransaction(rp, res, state)
    return { kind: 'lost', purpose, transaction }
  }
  const claim = { ifAbsent: true as const, ttl: LIFETIME + 60_000 }
  const claimed = await rp.settings.store.set(usedKey(state), transaction.returnTo, claim)
  if (claimed === undefined) return { kind: 'used', purpose, returnTo: transaction.returnTo }
  forgetTransaction(rp, res, state)
  return { kind: 'found', purpose, transaction }
}

/** Parameters that are too long to be kept are only sent: a sign-in that starts again then does without them. */
async function sealTransaction(sealer: Sealer, name: string, transaction: Transaction): Promise<string> {
  const sealed = await sealer.seal(name, { ...transaction })
  return sealed.length <= LARGEST_COOKIE ? sealed : sealer.seal(name, { ...transaction, parameters: {} })
}

/**
 * Says why the sign-in with this `state` was begun.
 *
 * @throws {@link OidcError} `ERR_OIDC_STATE_UNKNOWN` for one that this app did not make.
 */
export async function verifyState(rp: RelyingParty, state: string): Promise<Purpose> {
  const sealer = await rp.sealer()
  const purposes = ['start', 'restart', 'step-up', 'silent'] as const
  const purpose = purposes.find(known => sealer.isToken(known, state))
  if (purpose) return purpose
  throw new OidcError('ERR_OIDC_STATE_UNKNOWN')
}

async function readTransaction(
  rp: RelyingParty,
  req: IncomingMessage,
  sealer: Sealer,
  state: string,
): Promise<Transaction | undefined> {
  const name = transactionCookie(rp, state)
  for (const cookie of readCookies(req).filter(candidate => candidate.name === name)) {
    const opened = (await sealer.open(name, cookie.value)) as Transaction | undefined
    if (opened?.state === state && opened.issuer === rp.settings.issuer) return opened
  }
  return undefined
}

/** Drops the oldest until the new one fits in number, and in size beside those of other apps and providers, which stay. */
async function makeRoom(
  rp: RelyingParty,
  req: IncomingMessage,
  res: ServerResponse,
  sealer: Sealer,
  size: number,
): Promise<void> {
  const present = readCookies(req).filter(({ name }) =>
    name.startsWith(cookieName('oidc.', rp.settings.secure)),
  )
  const own = present.filter(({ name }) => name.startsWith(ownCookies(rp)))
  const dated = await Promise.all(
    own.map(async cookie => ({ cookie, startedAt: await startOf(sealer, cookie) })),
  )
  let room = LARGEST - size - sizeOf(present) + sizeOf(own)
  let places = MOST - 1
  for (const { cookie } of dated.sort((a, b) => b.startedAt - a.startedAt)) {
    room -= cookie.value.length
    places -= 1
    if (room < 0 || places < 0) writeCookie(res, { ...cookie, value: '' }, attributes(rp, 0))
  }
}

function sizeOf(cookies: readonly Cookie[]): number {
  return cookies.reduce((sum, { value }) => sum + value.length, 0)
}

async function startOf(sealer: Sealer, { name, value }: Cookie): Promise<number> {
  const opened = (await sealer.open(name, value)) as Transaction | undefined
  return opened?.startedAt ?? 0
}

function forgetTransaction(rp: RelyingParty, res: ServerResponse, state: string): void {
  writeCookie(res, { name: transactionCookie(rp, state), value: '' }, attributes(rp, 0))
}

function attributes({ settings }: RelyingParty, maxAge: number): CookieOptions {
  return { secure: settings.secure, maxAge }
}

/** How the names of our cookies begin. Another app of this host, or another provider of this app, has names of its own. */
const ownCookies = ({ settings }: RelyingParty): string =>
  cookieName(`oidc.${settings.digest}.`, settings.secure)

const transactionCookie = (rp: RelyingParty, state: string): string =>
  ownCookies(rp) + digest(state).slice(0, 12)

const usedKey = (state: string): string => `used:${digest(state)}`

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')
