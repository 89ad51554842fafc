import type { ServerResponse } from 'node:http'
import { type Endpoint, endpointAt, usualAnswer } from './scripted-provider/endpoints.ts'
import { type Answer, type Recorded, Refusal, record, sendJson } from './scripted-provider/exchange.ts'
import { keyRing } from './scripted-provider/key-ring.ts'
import { type LoopbackListener, loopbackListener } from './scripted-provider/loopback-listener.ts'
import { initialState, type ProviderState } from './scripted-provider/state.ts'

export * from './scripted-provider/answers.ts'
export type { Answer } from './scripted-provider/exchange.ts'

type FromState =
  | 'issuer'
  | 'keyRing'
  | 'keys'
  | 'sign'
  | 'rotateKeys'
  | 'clients'
  | 'codes'
  | 'accessTokens'
  | 'refreshTokens'
  | 'fetchedKeys'
  | Scriptable
type Scriptable =
  | 'keepsFetchedKeys'
  | 'metadata'
  | 'user'
  | 'issuesRefreshToken'
  | 'authorizationResponse'
  | 'idToken'
  | 'signedResponse'
  | 'tokenResponse'

/** An OpenID Provider on loopback: correct by default, and wrong in the way a test asks for. */
export interface ScriptedProvider extends Pick<ProviderState, FromState>, Omit<LoopbackListener, 'origin'> {
  /** Every request, in the order they came. */
  readonly requests: readonly Recorded[]
  readonly requestsTo: (endpoint: Endpoint) => Recorded[]
  /** Replaces what an endpoint does, until `undefined` is given. */
  readonly answer: (endpoint: Endpoint, answer: Answer | undefined) => void
  /** Takes back what was changed by `answer`, `idToken`, `signedResponse`, `tokenResponse` and `authorizationResponse`. */
  readonly behave: () => void
  /** What an endpoint does by default, for answers that only delay or watch it. */
  readonly usualAnswer: (endpoint: Endpoint) => Answer
  readonly close: () => Promise<void>
}

/** Starts a provider. Providers of one process share their first key, so tell them apart by `issuer`. */
export async function scriptedProvider(): Promise<ScriptedProvider> {
  const keys = await keyRing()
  const requests: Recorded[] = []
  const scripted = new Map<Endpoint, Answer | undefined>()
  const { origin, start, stop } = await loopbackListener(async (message, response) => {
    const request = await record(message)
    requests.push(request)
    const endpoint = endpointAt(request.path)
    const answer = endpoint && (scripted.get(endpoint) ?? usualAnswer(state, endpoint))
    await answered(answer ?? notFound, request, response)
  })
  const state = initialState(origin, keys)
  const { idToken, signedResponse, tokenResponse, authorizationResponse } = state
  const unchanged = { idToken, signedResponse, tokenResponse, authorizationResponse }
  return Object.assign(state, {
    requests,
    requestsTo: (endpoint: Endpoint) => requests.filter(({ path }) => endpointAt(path) === endpoint),
    answer: (endpoint: Endpoint, answer: Answer | undefined) => void scripted.set(endpoint, answer),
    behave() {
      scripted.clear()
      Object.assign(state, unchanged)
    },
    usualAnswer: (endpoint: Endpoint) => usualAnswer(state, endpoint),
    start,
    stop,
    close: stop,
  })
}

async function answered(answer: Answer, request: Recorded, response: ServerResponse): Promise<void> {
  try {
    await answer(request, response)
  } catch (error) {
    if (response.headersSent) response.destroy()
    else if (error instanceof Refusal) refuse(response, error)
    else sendJson(response, 500, { error: 'server_error', error_description: String(error) })
  }
}

function refuse(response: ServerResponse, { status, error, message, headers }: Refusal): void {
  sendJson(response, status, { error, error_description: message }, headers)
}

function notFound(_request: Recorded, response: ServerResponse): void {
  response.writeHead(404).end()
}
