import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Sealer } from '../../protocol/sealing.ts'
import type { UnsignedFields } from '../../protocol/sign-in/unsigned-fields.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import {
  hasMembers,
  isListOf,
  isMapOf,
  isNumber,
  isOptional,
  isText,
  isTime,
  isUrl,
} from '../../vocabulary/json.ts'
import { type CookieKind, forgetCookie, makeRoom, ownCookies, ownPrefix } from './cookie-room.ts'
import { type Cookie, isKept, ownAttributes, readCookies, withdrawCookie, writeCookie } from './cookies.ts'

/** Why a sign-in was started. Its `state` says so even when the transaction is lost: only a `start` is started again. */
export const purposes = ['start', 'restart', 'step-up', 'silent'] as const
export type Purpose = (typeof purposes)[number]

/** What must survive the round trip to the provider. The browser keeps it, sealed, one cookie for each sign-in. */
export interface Transaction {
  readonly issuer: string
  readonly clientId: string
  readonly state: string
  readonly purpose: Purpose
  readonly nonce: string
  readonly codeVerifier: string
  readonly redirectUri: string
  readonly scope: string
  /** Absolute URL of this app. */
  readonly returnTo: string
  /** The request's `max_age` in seconds, if it had one. */
  readonly maxAge: number | undefined
  /** The thumbprint of the key that the code will be bound to, because it signed the pushed request (RFC 9449 §10.1). */
  readonly jkt?: string | undefined
  /** The additional parameters of this authorization request, so that a sign-in that starts again sends them too. */
  readonly parameters: Readonly<Record<string, string>>
  /** The fields of a response to this sign-in, if it starts again: the provider may send them only once. */
  readonly unsignedFields: UnsignedFields
  /** The step-ups that led here, this one last. */
  readonly stepUps: readonly string[]
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

/** Whether a cookie holds what this release needs: another one may have sealed it. */
const isTransaction = hasMembers<Transaction>({
  issuer: isText,
  clientId: isText,
  state: isText,
  purpose: value => purposes.some(purpose => purpose === value),
  nonce: isText,
  codeVerifier: isText,
  redirectUri: isUrl,
  scope: isText,
  returnTo: isUrl,
  maxAge: isOptional(isNumber),
  jkt: isOptional(isText),
  parameters: isMapOf(isText),
  unsignedFields: isMapOf(isText),
  stepUps: isListOf(isText),
  startedAt: isTime,
})

/** Whose cookies these are, and what seals them. */
interface SealedCookies {
  readonly settings: Settings
  readonly sealer: Sealer
}

/** Seconds that the browser keeps a transaction. One that took too long is still known, and starts again on its own return path. */
const REMEMBERED = 60 * 60
const kind: CookieKind = { prefix: 'oidc.', most: 8, largest: 8_000 }

/** Milliseconds after which a sign-in that has not returned is no longer one of several tabs that were opened together. */
const SEVERAL_TABS = 3_000

/** Whether this browser has started a sign-in some time ago that has not returned. */
export function hasOpenTransaction({ settings, sealer }: SealedCookies, req: IncomingMessage): boolean {
  const starts = ownCookies(settings, req, kind).map(cookie => startOf(sealer, cookie))
  return starts.some(startedAt => startedAt > 0 && Date.now() - startedAt >= SEVERAL_TABS)
}

/** Gives a transaction to the browser. */
export function writeTransaction(
  { settings, sealer }: SealedCookies,
  req: IncomingMessage,
  res: ServerResponse,
  transaction: Transaction,
): void {
  const name = transactionCookie(settings, transaction.state)
  const cookie = { name, value: sealTransaction({ settings, sealer }, name, transaction) }
  makeRoom(settings, { req, res }, kind, cookie, newestFirst({ settings, sealer }, req))
  writeCookie(res, cookie, { ...ownAttributes(settings), maxAge: REMEMBERED })
}

/** Reads the transaction with this `state`. */
export function readTransaction(
  { settings, sealer }: SealedCookies,
  req: IncomingMessage,
  state: string,
): Transaction | undefined {
  const name = transactionCookie(settings, state)
  for (const cookie of readCookies(req).filter(candidate => candidate.name === name)) {
    const opened = sealer.open(name, cookie.value)
    if (isTransaction(opened) && opened.state === state && opened.issuer === settings.issuer) return opened
  }
  return undefined
}

/** Makes the browser forget the transaction with this `state`. */
export function forgetTransaction(settings: Settings, res: ServerResponse, state: string): void {
  forgetCookie(settings, res, transactionCookie(settings, state))
}

/** Lets the browser keep the transaction that this response would have made it forget. */
export function keepTransaction(settings: Settings, res: ServerResponse, state: string): void {
  withdrawCookie(res, transactionCookie(settings, state))
}

/**
 * Browsers drop a cookie that is too large. Parameters that do not fit are only sent, so that a sign-in that starts again does
 * without them; a return path that does not fit beside a long scope becomes the start page.
 */
function sealTransaction(
  { settings, sealer }: SealedCookies,
  name: string,
  transaction: Transaction,
): string {
  const { baseUrl, logOnce } = settings
  const sealed = sealer.seal(name, { ...transaction })
  if (isKept({ name, value: sealed })) return sealed
  const fields = Object.keys(transaction.unsignedFields)
  if (fields.length > 0) {
    logOnce(
      `The callback fields of a sign-in that starts again (${fields.join(', ')}) are too long for a cookie, so your hooks may not get them.`,
    )
    return sealTransaction({ settings, sealer }, name, { ...transaction, unsignedFields: {} })
  }
  const names = Object.keys(transaction.parameters)
  if (names.length > 0) {
    logOnce(
      `The parameters of a sign-in (${names.join(', ')}) and its return path are too long for a cookie. They are sent, but if the sign-in has to start again, it does so without the parameters.`,
    )
    return sealTransaction({ settings, sealer }, name, { ...transaction, parameters: {} })
  }
  logOnce('A return path is too long for a cookie, so the sign-in ends on the start page.')
  return sealer.seal(name, { ...transaction, returnTo: `${baseUrl}/` })
}

/** Those that do not open go first. */
function newestFirst({ settings, sealer }: SealedCookies, req: IncomingMessage): Cookie[] {
  const dated = ownCookies(settings, req, kind).map(cookie => ({
    cookie,
    startedAt: startOf(sealer, cookie),
  }))
  return dated.sort((a, b) => b.startedAt - a.startedAt).map(({ cookie }) => cookie)
}

function startOf(sealer: Sealer, { name, value }: Cookie): number {
  const opened = sealer.open(name, value)
  return isTransaction(opened) ? opened.startedAt : 0
}

const transactionCookie = (settings: Settings, state: string): string =>
  ownPrefix(settings, kind.prefix) + hash('sha256', state, 'base64url').slice(0, 12)
