import type { Request } from 'express'
import type { TokenSet } from '../../../protocol/sign-in/authorization.ts'
import { claimSourcesOf } from '../../../protocol/tokens/claim-sources.ts'
import type { ClaimsElsewhere } from '../../../relying-party/options/hooks.ts'
import type { Settings } from '../../../relying-party/options/settings.ts'
import type { NewLogin } from '../../../session/login/login.ts'
import { addClaims, claimsElsewhere } from '../../../vocabulary/claims-elsewhere.ts'
import { inTime } from '../../../vocabulary/deadline.ts'
import { describeElsewhere } from '../../../vocabulary/distributed-claims.ts'
import { OidcError } from '../../../vocabulary/errors.ts'
import { isObject, type JsonObject } from '../../../vocabulary/json.ts'
import { LONGEST, tooLate } from './run-hooks.ts'

/** What the provider has answered at a sign-in. */
interface Answers {
  readonly tokens: TokenSet
  readonly userInfo: JsonObject | undefined
}

/**
 * Adds the claims that the provider has only referred to, if the app fetches them. Otherwise the log says so.
 *
 * @throws {@link OidcError} `ERR_OIDC_LOGIN_UNDECIDED` if the hook failed or took too long.
 */
export async function withClaimsFromElsewhere(
  { hooks, logOnce }: Settings,
  login: NewLogin,
  { tokens, userInfo = {} }: Answers,
  req: Request,
): Promise<NewLogin> {
  const names = claimsElsewhere(login.user)
  if (names.length === 0) return login
  const { resolveClaims } = hooks
  if (resolveClaims) {
    const sources = [tokens.claims, userInfo].flatMap(claims => claimSourcesOf(claims, names))
    const asked = { names, sources, accessToken: tokens.accessToken, user: Object.freeze({ ...login.user }) }
    const fetched = await call(resolveClaims, asked, req)
    return { ...login, user: addClaims(login.user, fetched) }
  }
  logOnce(describeElsewhere(names))
  return login
}

/** Without its claims a user could pass a guard that forbids those who have one, so a failure ends the sign-in. */
async function call(
  hook: NonNullable<Settings['hooks']['resolveClaims']>,
  asked: ClaimsElsewhere,
  req: Request,
): Promise<JsonObject> {
  const fail = (cause?: unknown): never => {
    throw new OidcError('ERR_OIDC_LOGIN_UNDECIDED', { message: 'options.resolveClaims failed.', cause })
  }
  const resolve = async (): Promise<unknown> => await hook(asked, req)
  const fetched = await inTime(resolve(), LONGEST, tooLate).catch(fail)
  return isObject(fetched) ? fetched : fail(new Error('It returned no object.'))
}
