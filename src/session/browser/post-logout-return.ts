import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Sealer } from '../../protocol/sealing.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { hasMembers, isText, isUrl } from '../../vocabulary/json.ts'
import { type CookieKind, forgetCookie, makeRoom, ownCookies, ownPrefix } from './cookie-room.ts'
import { type Cookie, ownAttributes, writeCookie } from './cookies.ts'

/** How long the provider's sign-out may take, in seconds. */
const LIFETIME = 10 * 60
const kind: CookieKind = { prefix: 'oidc-logout.', most: 8, largest: 4_200 }

/** A sign-out that has not come back from the provider. */
interface Return {
  readonly state: string
  /** Absolute URL of this app. */
  readonly returnTo: string
}

const isReturn = hasMembers<Return>({ state: isText, returnTo: isUrl })

/**
 * Remembers in a sealed cookie where a sign-out ends, because the session is gone by then; each sign-out has its own. Returns the
 * `state` that the provider sends back (OpenID Connect RP-Initiated Logout 1.0 §2).
 */
export async function startReturn(
  rp: Pick<RelyingParty, 'settings' | 'sealer'>,
  req: IncomingMessage,
  res: ServerResponse,
  returnTo: string,
): Promise<string> {
  const { settings } = rp
  const sealer = await rp.sealer({ again: true })
  const state = sealer.token('logout')
  const name = ownPrefix(settings, kind.prefix) + state.slice(0, 8)
  const cookie = { name, value: sealer.seal(name, { state, returnTo }) }
  makeRoom(settings, { req, res }, kind, cookie, ownCookies(settings, req, kind).reverse())
  writeCookie(res, cookie, { ...ownAttributes(settings), maxAge: LIFETIME })
  return state
}

/**
 * Takes the URL where the sign-out with this `state` ends, or `undefined` if no sign-out was started in this browser. A provider
 * that sends no `state` back does not say which sign-out has ended, so only a URL on which all of them end can be meant.
 */
export async function takeReturn(
  rp: Pick<RelyingParty, 'settings' | 'sealer'>,
  req: IncomingMessage,
  res: ServerResponse,
  state: string | undefined,
): Promise<string | undefined> {
  const started = await readReturns(rp, req)
  const candidates = state === undefined ? started : started.filter(each => each.state === state)
  const [found] = candidates
  if (!found || candidates.some(({ returnTo }) => returnTo !== found.returnTo)) return undefined
  forgetCookie(rp.settings, res, found.name)
  return found.returnTo
}

async function readReturns(
  { settings, sealer }: Pick<RelyingParty, 'settings' | 'sealer'>,
  req: IncomingMessage,
): Promise<(Return & Pick<Cookie, 'name'>)[]> {
  const returns = await Promise.all(
    ownCookies(settings, req, kind).map(async cookie => {
      const opened = open(await sealer(), cookie) ?? open(await sealer({ again: true }), cookie)
      return isReturn(opened) ? [{ ...opened, name: cookie.name }] : []
    }),
  )
  return returns.flat()
}

function open(sealer: Sealer, { name, value }: Cookie): ReturnType<Sealer['open']> {
  return sealer.open(name, value)
}
