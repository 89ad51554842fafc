import { ServerResponse } from 'node:http'
import { adminPatch, adminPut, adminPutLifespans, rotateSecret } from './scripted-hydra/admin.ts'
import { deliverLogout, logoutToken } from './scripted-hydra/back-channel.ts'
import { type Endpoint, endpointAt, usualAnswer } from './scripted-hydra/endpoints.ts'
import { HydraError } from './scripted-hydra/errors.ts'
import { deleteClient } from './scripted-hydra/registration.ts'
import {
  type Delivery,
  type HydraKnobs,
  type HydraState,
  initialState,
  timeOf,
} from './scripted-hydra/state.ts'
import { sendError } from './scripted-hydra/wire.ts'
import { type Answer, type Recorded, record } from './scripted-provider/exchange.ts'
import { type KeyRing, keyRing } from './scripted-provider/key-ring.ts'
import { type LoopbackListener, loopbackListener } from './scripted-provider/loopback-listener.ts'

type FromState = 'issuer' | 'keys' | 'clients' | 'sessions' | 'deliveries'

/** Ory Hydra on loopback, as a script: `scripted-hydra/README.md` says where each behaviour was read. */
export interface ScriptedHydra
  extends Pick<HydraState, FromState>,
    HydraKnobs,
    Omit<LoopbackListener, 'origin'> {
  readonly sign: KeyRing['sign']
  /** Signs with a new key from now on; the old ones stay published (Hydra facts §4) unless `keepOld` is false. */
  readonly rotateKeys: KeyRing['rotate']
  /** Every request, in the order they came. */
  readonly requests: readonly Recorded[]
  readonly requestsTo: (endpoint: Endpoint) => Recorded[]
  /** Replaces what an endpoint does, until `undefined` is given. */
  readonly answer: (endpoint: Endpoint, answer: Answer | undefined) => void
  readonly usualAnswer: (endpoint: Endpoint) => Answer
  /** Does what the next request to an endpoint asks for, and closes the connection without an answer. */
  readonly loseAnswer: (endpoint: Endpoint) => void
  /** Changes a client as an administrator does, which loses its registration access token in 26.2.0. */
  readonly adminPatch: (clientId: string, patch?: object) => void
  /** Replaces a client as an administrator does, which loses its registration access token in every release. */
  readonly adminPut: (clientId: string, body: object) => void
  /** Sets a client's lifespans as an administrator does, which keeps its registration access token. */
  readonly adminPutLifespans: (clientId: string, lifespans: object) => void
  readonly deleteClient: (clientId: string) => void
  /** Gives a client a new secret beside the old one, as an administrator does. */
  readonly rotateSecret: (clientId: string) => string
  /** A logout token as Hydra makes it. */
  readonly logoutToken: (sid: string, clientId: string) => Promise<string>
  /** Ends a session and tells its clients. */
  readonly deliverLogout: (sid: string) => Promise<Delivery[]>
  readonly close: () => Promise<void>
}

type Scripted = Partial<Record<Endpoint, Answer | undefined>>

/** Starts a Hydra. */
export async function scriptedHydra(knobs: Partial<HydraKnobs> = {}): Promise<ScriptedHydra> {
  const keys = await keyRing()
  const requests: Recorded[] = []
  const scripted: Scripted = {}
  const { origin, start, stop } = await loopbackListener(async (message, response) => {
    const request = await record(message)
    requests.push(request)
    response.setHeader('date', timeOf(state).toUTCString())
    const endpoint = endpointAt(request.path)
    const answer = endpoint && (scripted[endpoint] ?? usualAnswer(state, endpoint))
    await answered(answer ?? notFound, request, response)
  })
  const state = initialState(origin, keys, knobs)
  const end = async () => {
    state.process.abort()
    state.process = new AbortController()
    await stop()
  }
  const control = { ...scripting(state, scripted), ...administration(state), start, stop: end, close: end }
  return Object.assign(state, control, { requests, requestsTo: filterOf(requests) })
}

function filterOf(requests: readonly Recorded[]): ScriptedHydra['requestsTo'] {
  return endpoint => requests.filter(({ path }) => endpointAt(path) === endpoint)
}

function scripting(state: HydraState, scripted: Scripted) {
  const answer: ScriptedHydra['answer'] = (endpoint, replacement) => {
    scripted[endpoint] = replacement
  }
  return {
    answer,
    usualAnswer: (endpoint: Endpoint) => usualAnswer(state, endpoint),
    loseAnswer: (endpoint: Endpoint) => answer(endpoint, lost(state, endpoint, answer)),
  }
}

function administration(state: HydraState) {
  const { sign, rotate } = state.keyRing
  return {
    sign,
    rotateKeys: ({ keepOld = true } = {}) => rotate({ keepOld }),
    adminPatch: (clientId: string, patch: object = {}) => adminPatch(state, clientId, patch),
    adminPut: (clientId: string, body: object) => adminPut(state, clientId, body),
    adminPutLifespans: (clientId: string, lifespans: object) => adminPutLifespans(state, clientId, lifespans),
    deleteClient: (clientId: string) => deleteClient(state, clientId),
    rotateSecret: (clientId: string) => rotateSecret(state, clientId),
    logoutToken: (sid: string, clientId: string) => logoutToken(state, sid, clientId),
    deliverLogout: (sid: string) => deliverLogout(state, sid),
  }
}

async function answered(answer: Answer, request: Recorded, response: ServerResponse): Promise<void> {
  // Hydra facts §1.0: on every GET, discovery and keys included.
  if (request.method === 'GET') {
    response.setHeader('cache-control', 'private, no-cache, no-store, must-revalidate')
  }
  try {
    await answer(request, response)
  } catch (error) {
    if (response.headersSent) response.destroy()
    else if (error instanceof HydraError) sendError(response, error)
    else response.writeHead(500).end(String(error))
  }
}

/** Runs the usual answer into a response that goes nowhere. */
function lost(state: HydraState, endpoint: Endpoint, answer: ScriptedHydra['answer']): Answer {
  return async (request, response) => {
    answer(endpoint, undefined)
    await usualAnswer(state, endpoint)(request, new ServerResponse(response.req))
    response.destroy()
  }
}

function notFound(_request: Recorded, response: ServerResponse): void {
  response.writeHead(404).end('404 page not found')
}
