import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buildSecrets } from '../protocol/authorization.ts'
import type { Sealer } from '../protocol/sealing.ts'
import type { RelyingParty } from '../relying-party/relying-party.ts'
import { OidcError } from '../vocabulary/errors.ts'
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
  /** The step-ups that led here, this one last. */
  readonly stepUps: readonly string[]
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

/** Why a sign-in was begun. Its `state` tells, even when the transaction is lost: a `restart` is not restarted. */
type Purpose = 'start' | 'restart' | 'step-up'

/** What a callback finds out about the sign-in that it claims to end. */
export type Taken =
  | { readonly kind: 'found'; readonly transaction: Transaction }
  /** It was begun here, but is too old or its cookie is gone. */
  | { readonly kind: 'lost'; readonly purpose: Purpose; readonly returnTo: string | undefined }
  /** It was ended before. */
  | { readonly kind: 'used'; readonly returnTo: string }

/** How long a sign-in may take, in milliseconds. */
const LIFETIME = 10 * 60_000
/** How long its return path is remembered, so that one that took too long starts again on its own, in seconds. */
const REMEMBERED = 60 * 60
const MOST = 8
/** Bytes that all transactions of a browser may have together: servers refuse a header of 16 KiB. */
const LARGEST = 8_000

/** Begins a transaction and gives its cookie to the browser. */
export async function startTransaction(
  rp: RelyingParty,
  req: IncomingMessage,
  res: ServerResponse,
  begun: Pick<Transaction, 'clientId' | 'returnTo' | 'maxAge' | 'stepUps'> & { readonly isRestart: boolean },
): Promise<Transaction> {
  const { issuer, redirectUri, scope } = rp.settings
  const { isRestart, ...particulars } = begun
  const sealer = await rp.sealer()
  const purpose: Purpose = isRestart ? 'restart' : begun.stepUps.length > 0 ? 'step-up' : 'start'
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
  const cookie = { name, value: await sealer.seal(name, { ...transaction }) }
  await makeRoom(rp, req, res, sealer, cookie.value.length)
  writeCookie(res, cookie, attributes(rp, REMEMBERED))
  return transaction
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
  if (used) return { kind: 'used', returnTo: used.value }

  const transaction = await readTransaction(rp, req, sealer, state)
  if (!transaction || Date.now() - transaction.startedAt > LIFETIME) {
    if (transaction) forgetTransaction(rp, res, state)
    return { kind: 'lost', purpose, returnTo: transaction?.returnTo }
  }
  const claim = { ifAbsent: true as const, ttl: LIFETIME + 60_000 }
  const claimed = await rp.settings.store.set(usedKey(state), transaction.returnTo, claim)
  if (claimed === undefined) return { kind: 'used', returnTo: transaction.returnTo }
  forgetTransaction(rp, res, state)
  return { kind: 'found', transaction }
}

/**
 * Says why the sign-in with this `state` was begun.
 *
 * @throws {@link OidcError} `ERR_OIDC_STATE_UNKNOWN` for one that this app did not make.
 */
export async function verifyState(rp: RelyingParty, state: string): Promise<Purpose> {
  const sealer = await rp.sealer()
  const purpose = (['start', 'restart', 'step-up'] as const).find(known => sealer.isToken(known, state))
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

/** Drops the oldest until the new one fits in number and size; first what does not open, which may be another app's. */
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
  const dated = await Promise.all(
    present.map(async cookie => ({ cookie, startedAt: await startOf(sealer, cookie) })),
  )
  let room = LARGEST - size
  let places = MOST - 1
  for (const { cookie } of dated.sort((a, b) => b.startedAt - a.startedAt)) {
    room -= cookie.value.length
    places -= 1
    if (room < 0 || places < 0) writeCookie(res, { ...cookie, value: '' }, attributes(rp, 0))
  }
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

const transactionCookie = ({ settings }: RelyingParty, state: string): string =>
  cookieName(`oidc.${digest(state).slice(0, 12)}`, settings.secure)

const usedKey = (state: string): string => `used:${digest(state)}`

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')
