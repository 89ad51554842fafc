import type { Answer, Recorded } from '../scripted-provider/exchange.ts'
import { deliverLogout } from './back-channel.ts'
import { clientFrom } from './client-model.ts'
import { HydraError, sentenceError } from './errors.ts'
import { goDuration } from './go-duration.ts'
import { acceptLogout } from './logout.ts'
import { newSecret } from './registration.ts'
import { answerPage, newSession, type Page } from './sign-in.ts'
import type { Flow, HydraClient, HydraState } from './state.ts'
import { sendJson } from './wire.ts'

/** Hydra facts §7: the part of the admin API that a login, consent and logout app uses. */
export function admin(state: HydraState): Answer {
  return async function admin(request, response) {
    const call = `${request.method} ${request.path.replace('/admin/oauth2/auth/', '')}`
    if (call === 'DELETE sessions/login') {
      void deliverLogout(state, request.query.get('sid') ?? '')
      response.writeHead(204).end()
    } else if (call === 'GET requests/login') {
      const flow = state.flows.get(request.query.get('login_challenge') ?? '')
      if (!flow) throw sentenceError(404, 'Unable to locate the resource')
      sendJson(response, 200, { skip: false, subject: '', client: clientOf(state, flow) })
    } else if (call === 'GET requests/consent') {
      const flow = state.flows.get(request.query.get('consent_challenge') ?? '')
      if (!flow) throw sentenceError(404, 'Unable to locate the resource')
      const { session, scope } = flow
      const client = clientOf(state, flow)
      sendJson(response, 200, { subject: session.user.sub, requested_scope: scope.split(' '), client })
    } else if (request.method === 'PUT') {
      sendJson(response, 200, { redirect_to: answered(state, call, request) })
    } else throw sentenceError(404, 'Unable to locate the resource')
  }
}

function clientOf(state: HydraState, { clientId }: Flow): object {
  return { client_id: clientId, client_name: state.clients.get(clientId)?.['client_name'] }
}

function answered(state: HydraState, call: string, { query, body }: Recorded): string {
  const said: Readonly<Record<string, unknown>> = body === '' ? {} : JSON.parse(body)
  if (call === 'PUT requests/login/accept') {
    const session = newSession(state, { sub: String(said['subject']) })
    return answerPage(state, 'login', query.get('login_challenge'), { session, claims: {} })
  }
  if (call === 'PUT requests/consent/accept') {
    const { grant_scope, session } = said as ConsentAnswer
    const change = { scope: grant_scope?.join(' ') ?? '', claims: session?.id_token ?? {} }
    return answerPage(state, 'consent', query.get('consent_challenge'), change)
  }
  const [, denied] = /^PUT requests\/(login|consent)\/reject$/.exec(call) ?? []
  if (denied) {
    const denial = new HydraError(400, String(said['error']), String(said['error_description']))
    return answerPage(state, denied as Page, query.get(`${denied}_challenge`), { denial })
  }
  if (call === 'PUT requests/logout/accept') return acceptLogout(state, query.get('logout_challenge'))
  throw sentenceError(404, 'Unable to locate the resource')
}

interface ConsentAnswer {
  readonly grant_scope?: readonly string[]
  readonly session?: { readonly id_token?: Readonly<Record<string, unknown>> }
}

/** Hydra facts §2.5, §9: an administrator's PATCH loses the registration access token in 26.2.0; a secret in it ends the others. */
export function adminPatch(state: HydraState, clientId: string, patch: object): void {
  const client = knownClient(state, clientId)
  const isVoided = state.version === '26.2.0'
  Object.assign(client, normalized(patch), isVoided ? { registration_access_token: undefined } : {})
  if ('client_secret' in patch) state.rotatedSecrets.delete(clientId)
}

/** Hydra facts §9: a PUT replaces the client, and loses its registration access token in both releases. */
export function adminPut(state: HydraState, clientId: string, body: object): void {
  const { client_secret } = knownClient(state, clientId)
  state.clients.set(clientId, { ...clientFrom(clientId, { ...body }), client_secret })
}

/** Hydra facts §9: a PUT of the lifespans alone keeps the registration access token. */
export function adminPutLifespans(state: HydraState, clientId: string, lifespans: object): void {
  Object.assign(knownClient(state, clientId), normalized(lifespans))
}

function normalized(members: object): object {
  const isLifespan = ([name, value]: [string, unknown]) => name.endsWith('_lifespan') && value !== null
  return Object.fromEntries(
    Object.entries(members).map(entry =>
      isLifespan(entry) ? [entry[0], goDuration(String(entry[1]))] : entry,
    ),
  )
}

/** Hydra facts §2.6: a new secret, beside which up to five old ones work on. */
export function rotateSecret(state: HydraState, clientId: string): string {
  const client = knownClient(state, clientId)
  const old = [client.client_secret ?? '', ...(state.rotatedSecrets.get(clientId) ?? [])]
  state.rotatedSecrets.set(clientId, old.slice(0, 5))
  client.client_secret = newSecret()
  return client.client_secret
}

function knownClient(state: HydraState, clientId: string): HydraClient {
  const client = state.clients.get(clientId)
  if (!client) throw new Error(`There is no client ${clientId}.`)
  return client
}
