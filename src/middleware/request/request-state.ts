import type { IncomingMessage } from 'node:http'
import { inspect } from 'node:util'
import type { TokenScheme } from '../../protocol/sign-in/challenge.ts'
import type { SessionRelyingParty } from '../../session/session-relying-party.ts'
import type { OidcError } from '../../vocabulary/errors.ts'

/** What the middleware of this library knows about one request. */
class RequestState {
  /** The relying parties whose middleware the request has passed, in order. Each adds itself on entry. */
  readonly passed: SessionRelyingParty[] = []
  /** The relying party that `req.user` and `req.oidc` come from. Set by `attach()`. */
  attached: Attached | undefined
  /** What became of the access token that the request carries; not there if it carries none. Set by `bearer()`. */
  accessToken: PresentedToken | undefined

  static {
    Object.defineProperty(RequestState.prototype, inspect.custom, { value: () => '…' }) // logs print requests, and with them this
  }
}

export type { RequestState }

interface Attached {
  readonly rp: SessionRelyingParty
  /** The path below which its middleware is mounted. */
  readonly mountPath: string
}

/** An access token that came with a request. The session of that request does not count. */
interface PresentedToken {
  /** How it was sent. */
  readonly scheme: TokenScheme
  /** Why it is not accepted. */
  readonly failure: OidcError | undefined
}

const STATE = Symbol('express-oidc-rp')

type WithState = IncomingMessage & { [STATE]?: RequestState }

/** The state of a request, which begins when it is first asked for. */
export function stateOf(req: IncomingMessage): RequestState {
  const holder = req as WithState
  holder[STATE] ??= new RequestState() // defined as a hidden property, it would cost ten times as much
  return holder[STATE]
}

/** Notes that a request passes a relying party. */
export function notePassing({ passed }: RequestState, rp: SessionRelyingParty): void {
  if (!passed.includes(rp)) passed.push(rp)
}

/** The relying parties that something has passed which may be a request. */
export function passedBy(req: unknown): RequestState['passed'] {
  return (req as Partial<WithState> | undefined)?.[STATE]?.passed ?? []
}

/** The relying party that `req.oidc` comes from, or `undefined`. */
export function relyingPartyOf(req: IncomingMessage): SessionRelyingParty | undefined {
  return stateOf(req).attached?.rp
}
