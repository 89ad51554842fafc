import type { IncomingMessage } from 'node:http'
import type { SessionRelyingParty } from '../../session/session-relying-party.ts'
import type { OidcError } from '../../vocabulary/errors.ts'

/** What the middleware of this library knows about one request. */
export interface RequestState {
  /** The relying parties whose middleware the request has passed, in order. Each adds itself on entry. */
  readonly passed: Set<SessionRelyingParty>
  /** The relying party that `req.user` and `req.oidc` come from. Set by `attach()`. */
  attached?: Attached
  /** What became of the access token that the request carries; not there if it carries none. Set by `bearer()`. */
  accessToken?: PresentedToken
}

interface Attached {
  readonly rp: SessionRelyingParty
  /** The path below which its middleware is mounted. */
  readonly mountPath: string
}

/** An access token that came with a request. The session of that request does not count. */
interface PresentedToken {
  /** Why it is not accepted. */
  readonly failure: OidcError | undefined
}

/** Not a property of the request: logs print requests. */
const states = new WeakMap<IncomingMessage, RequestState>()

/** The state of a request, which begins when it is first asked for. */
export function stateOf(req: IncomingMessage): RequestState {
  const state = states.get(req) ?? { passed: new Set() }
  states.set(req, state)
  return state
}

/** The relying party that `req.oidc` comes from, or `undefined`. */
export function relyingPartyOf(req: IncomingMessage): SessionRelyingParty | undefined {
  return stateOf(req).attached?.rp
}
