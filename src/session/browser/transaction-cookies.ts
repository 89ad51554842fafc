import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Sealer } from '../../protocol/sealing.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { hasMembers, isListOf, isMapOf, isNumber, isOptional, isText } from '../../vocabulary/json.ts'
import { type Cookie, cookieName, readCookies, withdrawCookie, writeCookie } from './cookies.ts'

/** What must survive the round trip to the provider. The browser keeps it, sealed, one cookie for each sign-in. */
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
  /** The additional parameters of this authorization request, so that a sign-in that starts again sends them too. */
  readonly parameters: Readonly<Record<string, string>>
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
  nonce: isText,
  codeVerifier: isText,
  redirectUri: isText,
  scope: isText,
  returnTo: isText,
  maxAge: isOptional(isNumber),
  parameters: isMapOf(isText),
  stepUps: isListOf(isText),
  startedAt: isNumber,
})

/** Whose cookies these are, and what seals them. */
interface SealedCookies {
  readonly settings: Settings
  readonly sealer: Sealer
}

/** Seconds that the browser keeps a transaction. One that took too long is still known, and starts again on its own return path. */
const REMEMBERED = 60 * 60
const MOST = 8
/** Bytes that browsers keep of one cookie, without its name. */
const LARGEST_COOKIE = 4_000
/** Bytes that all transactions of a browser may have together: servers refuse a header of 16 KiB. */
const LARGEST = 8_000

/** Milliseconds after which a sign-in that has not returned is no longer one of several tabs that were opened together. */
const SEVERAL_TABS = 3_000

/** Whether this browser has started a sign-in some time ago that has not returned. */
export async function hasOpenTransaction(
  { settings, sealer }: SealedCookies,
  req: IncomingMessage,
): Promise<boolean> {
  const own = readCookies(req).filter(({ name }) => name.startsWith(ownCookies(settings)))
  const starts = await Promise.all(own.map(cookie => startOf(sealer, cookie)))
  return starts.some(startedAt => startedAt > 0 && Date.now() - startedAt >= SEVERAL_TABS)
}

/** Gives a transaction to the browser. */
export async function writeTransaction(
  { settings, sealer }: SealedCookies,
  req: IncomingMessage,
  res: ServerResponse,
  transaction: Transaction,
): Promise<void> {
  const name = transactionCookie(settings, transaction.state)
  const value = await sealTransaction({ settings, sealer }, name, transaction)
  await makeRoom({ settings, sealer }, req, res, value.length)
  writeCookie(res, { name, value }, { secure: settings.secure, maxAge: REMEMBERED })
}

/** Reads the transaction with this `state`. */
export async function readTransaction(
  { settings, sealer }: SealedCookies,
  req: IncomingMessage,
  state: string,
): Promise<Transaction | undefined> {
  const name = transactionCookie(settings, state)
  for (const cookie of readCookies(req).filter(candidate => candidate.name === name)) {
    const opened = await sealer.open(name, cookie.value)
    if (isTransaction(opened) && opened.state === state && opened.issuer === settings.issuer) return opened
  }
  return undefined
}

/** Makes the browser forget the transaction with this `state`. */
export function forgetTransaction(settings: Settings, res: ServerResponse, state: string): void {
  forget(settings, res, transactionCookie(settings, state))
}

/** Lets the browser keep the transaction that this response would have made it forget. */
export function keepTransaction(settings: Settings, res: ServerResponse, state: string): void {
  withdrawCookie(res, transactionCookie(settings, state))
}

/**
 * Browsers drop a cookie that is too large. Parameters that do not fit are only sent, so that a sign-in that starts again does
 * without them; a return path that does not fit, because it takes more characters in ASCII, becomes the start page.
 */
async function sealTransaction(
  { settings, sealer }: SealedCookies,
  name: string,
  transaction: Transaction,
): Promise<string> {
  const { baseUrl, logOnce } = settings
  const sealed = await sealer.seal(name, { ...transaction })
  if (sealed.length <= LARGEST_COOKIE) return sealed
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

/** Drops the oldest until the new one fits in number, and in size beside those of other apps and providers, which stay. */
async function makeRoom(
  { settings, sealer }: SealedCookies,
  req: IncomingMessage,
  res: ServerResponse,
  size: number,
): Promise<void> {
  const present = readCookies(req).filter(({ name }) => name.startsWith(cookieName('oidc.', settings.secure)))
  const own = present.filter(({ name }) => name.startsWith(ownCookies(settings)))
  const dated = await Promise.all(
    own.map(async cookie => ({ cookie, startedAt: await startOf(sealer, cookie) })),
  )
  let room = LARGEST - size - sizeOf(present) + sizeOf(own)
  let places = MOST - 1
  for (const { cookie } of dated.sort((a, b) => b.startedAt - a.startedAt)) {
    room -= cookie.value.length
    places -= 1
    if (room < 0 || places < 0) forget(settings, res, cookie.name)
  }
}

function sizeOf(cookies: readonly Cookie[]): number {
  return cookies.reduce((sum, { value }) => sum + value.length, 0)
}

async function startOf(sealer: Sealer, { name, value }: Cookie): Promise<number> {
  const opened = await sealer.open(name, value)
  return isTransaction(opened) ? opened.startedAt : 0
}

function forget({ secure }: Settings, res: ServerResponse, name: string): void {
  writeCookie(res, { name, value: '' }, { secure, maxAge: 0 })
}

/** How the names of these cookies begin. Another app on this host, or another provider of this app, has names of its own. */
const ownCookies = ({ digest, secure }: Settings): string => cookieName(`oidc.${digest}.`, secure)

const transactionCookie = (settings: Settings, state: string): string =>
  ownCookies(settings) + createHash('sha256').update(state).digest('base64url').slice(0, 12)
