import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose'
import { type Recorded, Refusal } from '../scripted-provider/exchange.ts'

/** What the provider says of an assertion that it refuses. */
type Problem = (claims: JWTPayload, alg: string | undefined) => string | undefined

/** Refuses the client assertions with which something is wrong, usually as RFC 6749 §5.2 says. */
export function refuseAssertion(
  { body }: Recorded,
  problemWith: Problem,
  refusal = (problem: string): Refusal => new Refusal(400, 'invalid_client', problem),
): undefined {
  const assertion = new URLSearchParams(body).get('client_assertion')
  if (assertion === null) return undefined
  const problem = problemWith(decodeJwt(assertion), decodeProtectedHeader(assertion).alg)
  if (problem !== undefined) throw refusal(problem)
  return undefined
}
