import { verifyAuthorizationResponse } from '../../../protocol/sign-in/authorization-response.ts'
import { claimedState, openResponse } from '../../../protocol/sign-in/jwt-response.ts'
import { fieldRule } from '../../../protocol/sign-in/unsigned-fields.ts'
import type { RelyingParty } from '../../../relying-party/relying-party.ts'
import { verifyState } from '../../../session/browser/transactions.ts'
import { OidcError } from '../../../vocabulary/errors.ts'
import { single } from '../../request/request-parameters.ts'

type Lookup = Pick<RelyingParty, 'connect' | 'connectAs' | 'connectAll' | 'connectIfKnown'>

/** Reads and verifies the provider's response to a sign-in. One that cannot be read, although it answers a sign-in of this app, is the provider's fault: the log says so. */
export async function verifyResponse(
  rp: RelyingParty,
  parameters: URLSearchParams,
): Promise<URLSearchParams> {
  const { callbackFields, logOnce, responseMode } = rp.settings
  const isSigned = responseMode.endsWith('jwt')
  try {
    const opened = isSigned ? await open(rp, parameters) : parameters
    const response = verifyAuthorizationResponse(opened, callbackFields)
    for (const name of callbackFields)
      if (opened.has(name) && !response.has(name))
        logOnce(`The callback field ${name} of a sign-in was left out: ${fieldRule}.`)
    return response
  } catch (error) {
    const state = (isSigned ? claimedState(parameters) : single(parameters, 'state')) ?? ''
    const isOurs = await verifyState(rp, state).then(
      () => true,
      () => false,
    )
    if (isOurs && error instanceof OidcError) rp.settings.failures.report(error)
    throw error
  }
}

function open(rp: Lookup, parameters: URLSearchParams): Promise<URLSearchParams> {
  return openResponse(parameters, {
    current: () => rp.connect(),
    all: () => rp.connectAll(),
    known: id => rp.connectIfKnown(id),
    lookedUp: id => rp.connectAs(id),
  })
}
