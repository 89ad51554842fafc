import type { Request, Response } from 'express'
import { proofKeyOf } from '../../../protocol/client-authentication/token-proofs.ts'
import { buildAuthorizationUrl } from '../../../protocol/sign-in/authorization.ts'
import type { AuthorizationParameters } from '../../../protocol/sign-in/authorization-parameters.ts'
import { pushAuthorizationRequest } from '../../../protocol/sign-in/pushed-request.ts'
import { joinParameters, maxAgeOf } from '../../../protocol/sign-in/step-up.ts'
import type { UnsignedFields } from '../../../protocol/sign-in/unsigned-fields.ts'
import type { Settings } from '../../../relying-party/options/settings.ts'
import { forgetSignInMark } from '../../../session/browser/sign-in-mark.ts'
import { isRepeated, startTransaction } from '../../../session/browser/transactions.ts'
import type { SessionRelyingParty } from '../../../session/session-relying-party.ts'
import { verifySession } from '../../../session/session-return.ts'
import { publish } from '../../../vocabulary/events.ts'
import { traced } from '../../../vocabulary/operations.ts'
import { sendRedirect } from '../../request/answer.ts'
import { isNavigation } from '../../request/navigation.ts'
import { readQuery, single } from '../../request/request-parameters.ts'
import { buildReturnUrl } from '../../request/return-url.ts'
import type { Route } from '../../request/route.ts'

/** Options for one sign-in. */
export interface LoginOptions {
  /** A path of this app where the sign-in ends. Default: the start page. */
  readonly returnTo?: string
  /**
   * Additional parameters of this authorization request, such as `login_hint`. With `prompt: 'none'` the provider shows nothing,
   * and users who are not signed in there return as they were. If that page would ask again, use `attemptSilentLogin()`.
   */
  readonly authorizationParameters?: AuthorizationParameters
  /**
   * Whether the parameters ask a signed-in user for a stronger or more recent authentication. If the user has just returned
   * from that, it rejects with `ERR_OIDC_STEP_UP_FAILED` instead of sending the user in circles.
   */
  readonly isStepUp?: boolean
}

/** Optional details for {@link startLogin}. */
interface Particulars {
  readonly isRestart?: boolean
  readonly parameters?: Readonly<Record<string, string>>
  readonly stepUps?: readonly string[]
  readonly unsignedFields?: UnsignedFields
}

/** Makes the route that starts a sign-in: `GET /login?returnTo=/path`. */
export function login(rp: SessionRelyingParty): Route {
  return {
    methods: ['GET'],
    handle: (req, res) =>
      startLogin(rp, req, res, buildReturnUrl(single(readQuery(req), 'returnTo'), rp.settings)),
  }
}

/** Seconds after which a page that says that nobody can sign in now tries again. */
const RETRY = 5

/**
 * Lets the browser continue the sign-in without a script: it opens the same address again. A callback must not be opened twice, so
 * there, and after a form, it starts the sign-in.
 */
function retryAutomatically({ baseUrl, routes }: Settings, req: Request, res: Response, again: Again): void {
  if (!isNavigation(req)) return
  if (req.method === 'GET' && !again.isRestart) return void res.setHeader('Refresh', RETRY)
  if (routes.login === undefined) return
  const returnTo = again.returnTo.slice(new URL(again.returnTo).origin.length)
  res.setHeader(
    'Refresh',
    `${RETRY}; url=${baseUrl}${routes.login}?${new URLSearchParams({ returnTo }).toString()}`,
  )
}

interface Again {
  readonly returnTo: string
  readonly isRestart: boolean
}

/**
 * Starts a transaction and sends the browser to the provider (OpenID Connect Core 1.0 §3.1.2.1).
 *
 * @throws {@link OidcError} `ERR_OIDC_SESSION_NOT_RETURNED` instead of sending the browser round in circles. The next attempt is made.
 */
export function startLogin(
  rp: SessionRelyingParty,
  req: Request,
  res: Response,
  returnTo: string,
  particulars: Particulars = {},
): Promise<void> {
  return traced('login', { issuer: rp.settings.issuer }, () => start(rp, req, res, returnTo, particulars))
}

async function start(
  rp: SessionRelyingParty,
  req: Request,
  res: Response,
  returnTo: string,
  { isRestart = false, stepUps = [], parameters = {}, unsignedFields = {} }: Particulars,
): Promise<void> {
  const { issuer, authorizationParameters, responseMode, pushedAuthorizationRequests } = rp.settings
  await verifySession(rp, req).catch(error => {
    forgetSignInMark(rp.settings, res)
    throw error
  })
  const own = joinParameters(await authorizationParameters.of(req), parameters)
  const joined = joinParameters(authorizationParameters.fixed, own)
  const maxAge = maxAgeOf(joined)
  const begun = { returnTo, isRestart, stepUps, unsignedFields, parameters: own, maxAge }
  if (!isRestart && (await isRepeated(rp, req))) rp.note('login repeated')
  await rp.admitLogin().catch(error => {
    retryAutomatically(rp.settings, req, res, { returnTo, isRestart })
    throw error
  })
  const url = await rp.request(async connection => {
    const { clientId, generation } = connection
    const scope = without(rp.settings.scope, connection.withheldScopes)
    const isPushed = pushedAuthorizationRequests || connection.requiresPushedRequests
    const key = isPushed ? await proofKeyOf(connection) : undefined
    const transaction = await startTransaction(rp, req, res, { ...begun, clientId, scope, jkt: key?.jkt })
    const build = isPushed ? pushAuthorizationRequest : buildAuthorizationUrl
    const built = await build(connection, { ...transaction, responseMode, parameters: joined })
    rp.note('login started')
    publish('login.started', { issuer, clientId, generation })
    return built
  })
  sendRedirect(res, url.href)
}

function without(scope: string, withheld: readonly string[]): string {
  const words = scope.split(' ')
  return words.filter(word => !withheld.includes(word)).join(' ')
}
