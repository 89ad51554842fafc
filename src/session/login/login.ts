import { randomBytes } from 'node:crypto'
import type { TokenSet } from '../../protocol/sign-in/authorization.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { buildUser, type IdTokenClaims, type UserClaims } from '../../vocabulary/claims.ts'
import { withoutSources } from '../../vocabulary/distributed-claims.ts'
import type { JsonObject } from '../../vocabulary/json.ts'

/** An authenticated end-user in this browser. Holds no token. */
export interface Login {
  /** Identifies this login in the store and in events. */
  readonly id: string
  /** The id of the session under which the login can be found. */
  readonly sessionId: string
  readonly issuer: string
  /** The option `name` of the relying party, which tells two with the same issuer apart. */
  readonly name: string
  readonly clientId: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** The scope that was granted. */
  readonly scope: string
  /** The step-ups that led here, in immediate succession, the newest last. */
  readonly stepUps: readonly string[]
  /** Claims of the ID token. */
  readonly claims: IdTokenClaims
  /** Claims of the ID token joined with UserInfo. */
  readonly user: UserClaims
  /** When UserInfo was fetched, in milliseconds since 1970; `undefined` if it was not. */
  readonly userInfoAt?: number | undefined
  /** The provider has ended it. Everything else in the session still belongs to this user. */
  readonly isOver?: boolean
}

/** A login that no session holds yet. */
export type NewLogin = Omit<Login, 'sessionId'>

/** Bytes of a login's id: an access token cannot be guessed more easily. */
const ID_BYTES = 16

/** Builds the login that starts with a set of verified tokens. */
export function buildLogin(
  settings: Settings,
  { clientId, stepUps }: Pick<Login, 'clientId' | 'stepUps'>,
  { claims, scope }: TokenSet,
  userInfo: JsonObject | undefined,
): NewLogin {
  return {
    id: randomBytes(ID_BYTES).toString('base64url'),
    issuer: settings.issuer,
    name: settings.name,
    clientId,
    startedAt: Date.now(),
    scope,
    stepUps,
    claims: withoutSources(claims),
    user: buildUser(claims, userInfo),
    userInfoAt: userInfo && Date.now(),
  }
}

/** Whether a login belongs to the relying party with these settings. */
export function isOwnLogin<Known extends Pick<Login, 'issuer' | 'name'>>(
  login: Known | undefined,
  { issuer, name }: Pick<Settings, 'issuer' | 'name'>,
): login is Known {
  return login !== undefined && login.issuer === issuer && login.name === name
}
