import type { Request } from 'express'
import type { UnsignedFields } from '../../../protocol/sign-in/unsigned-fields.ts'
import type { LoginDetails } from '../../../relying-party/options/hooks.ts'
import type { Settings } from '../../../relying-party/options/settings.ts'
import type { NewLogin } from '../../../session/login/login.ts'
import { inTime } from '../../../vocabulary/deadline.ts'
import { OidcError } from '../../../vocabulary/errors.ts'
import { publish } from '../../../vocabulary/events.ts'
import { asError } from '../../request/fail.ts'

/** Milliseconds that one of the app's hooks may take. */
export const LONGEST = 5_000

/**
 * Asks the app whether a user may sign in. Nothing about the sign-in has been stored by then.
 *
 * @throws {@link OidcError} `ERR_OIDC_LOGIN_REFUSED`; `ERR_OIDC_LOGIN_UNDECIDED` if the hook failed or took too long.
 */
export async function verifyAcceptance(
  { hooks }: Settings,
  login: NewLogin,
  req: Request,
  fields: UnsignedFields,
): Promise<void> {
  const { acceptLogin } = hooks
  if (!acceptLogin) return
  const accepted = await callHook(acceptLogin, login, req, fields).catch(cause => {
    throw new OidcError('ERR_OIDC_LOGIN_UNDECIDED', { message: 'options.acceptLogin failed.', cause })
  })
  if (accepted !== true) throw new OidcError('ERR_OIDC_LOGIN_REFUSED')
}

/** Tells the app about a login. A failure of the hook is logged and changes nothing. */
export async function runHook(
  { issuer, hooks, log }: Settings,
  name: 'onLogin' | 'onLogout',
  login: NewLogin,
  req: Request,
  fields?: UnsignedFields,
): Promise<void> {
  const hook = hooks[name]
  if (!hook) return
  await callHook(hook, login, req, fields).catch(thrown => {
    const error = asError(thrown)
    log(`options.${name} failed, but the request continued: ${error.message}`)
    publish('hook.failed', { issuer, hook: name, error })
  })
}

/** Calls a function of the app about a login. Rejects if it fails or takes too long. */
export function callHook<Result>(
  hook: (login: LoginDetails, req: Request) => Result | Promise<Result>,
  login: NewLogin,
  req: Request,
  fields: UnsignedFields = {},
): Promise<Result> {
  const call = async (): Promise<Result> => await hook(detailsOf(login, fields), req)
  return inTime(call(), LONGEST, tooLate)
}

export const tooLate = (): Error => new Error(`The hook did not finish within ${LONGEST / 1_000} seconds.`)

function detailsOf(login: NewLogin, unsignedFields: UnsignedFields): LoginDetails {
  const { id, issuer, clientId, scope, claims, user } = login
  return Object.freeze({
    id,
    issuer,
    clientId,
    scope,
    claims: Object.freeze({ ...claims }),
    user: Object.freeze({ ...user }),
    unsignedFields: Object.freeze({ ...unsignedFields }),
  })
}
