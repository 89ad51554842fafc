import { randomBytes } from 'node:crypto'
import { ServerResponse } from 'node:http'
import { type Answer, type Recorded, sendJson } from '../scripted-provider/exchange.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'

/** What the scripted providers have in common. */
interface Scripted {
  readonly answer: (endpoint: 'client' | 'register' | 'token', answer: Answer | undefined) => void
  readonly usualAnswer: (endpoint: 'client' | 'register' | 'token') => Answer
}

/** The provider does what the next request of this method asks for, and the answer is lost on the way. */
export function loseAnswer(
  provider: Scripted,
  method: 'PUT' | 'POST',
  usual: Answer = provider.usualAnswer(method === 'POST' ? 'register' : 'client'),
): void {
  const endpoint = method === 'POST' ? 'register' : 'client'
  provider.answer(endpoint, async (request, response) => {
    if (request.method !== method) return usual(request, response)
    provider.answer(endpoint, undefined)
    await usual(request, new ServerResponse(response.req))
    response.destroy()
  })
}

/** The next request of this method is lost on the way: nothing happens at the provider. */
export function loseRequest(provider: Scripted, method: 'PUT' | 'POST'): void {
  const endpoint = method === 'POST' ? 'register' : 'client'
  const usual = provider.usualAnswer(endpoint)
  provider.answer(endpoint, (request, response) => {
    if (request.method !== method) return usual(request, response)
    provider.answer(endpoint, undefined)
    response.socket?.resetAndDestroy()
  })
}

/** Lets the provider take the secret that a client chooses, as Ory's documents describe, or answer with one of its own. */
export function takeSecrets(
  provider: ScriptedProvider,
  choose: (wanted: string) => string = wanted => wanted,
): Answer {
  const usual = provider.usualAnswer('client')
  const answer: Answer = (request, response) => {
    if (request.method !== 'PUT') return usual(request, response)
    const { client_secret: wanted, ...body } = JSON.parse(request.body)
    if (wanted === undefined) return usual(request, response)
    const secret = choose(wanted)
    const client = provider.clients.get(String(body.client_id))
    if (client) Object.assign(client, { client_secret: secret })
    const changed: Recorded = { ...request, body: JSON.stringify({ ...body, client_secret: secret }) }
    return usual(changed, response)
  }
  provider.answer('client', answer)
  return answer
}

/** A secret that a provider makes. */
export function newSecret(): string {
  return `issued ${randomBytes(12).toString('base64url')}`
}

/** Changes the JSON that an endpoint answers with. */
export function changeAnswers(
  provider: Scripted,
  endpoint: 'client' | 'register',
  change: (body: Record<string, unknown>) => object,
  usual: Answer = provider.usualAnswer(endpoint),
): void {
  provider.answer(endpoint, (request, response) => {
    const end = response.end.bind(response)
    const changed = (text?: string) => end(text ? JSON.stringify(change(JSON.parse(text))) : undefined)
    Object.assign(response, { end: changed })
    return usual(request, response)
  })
}

/** Lets the provider register something other than what is asked for, and say so (RFC 7591 §3.2.1). */
export function substitute(provider: Scripted, changes: object): void {
  const usual = provider.usualAnswer('register')
  provider.answer('register', (request, response) =>
    usual({ ...request, body: JSON.stringify({ ...JSON.parse(request.body), ...changes }) }, response),
  )
}

/** Lets the provider refuse some authentication methods, as Spring Authorization Server does that lists `private_key_jwt`. */
export function refuseMethods(provider: Scripted, ...methods: readonly string[]): void {
  const usual = provider.usualAnswer('register')
  provider.answer('register', (request, response) => {
    const { token_endpoint_auth_method: method } = JSON.parse(request.body)
    if (!methods.includes(method)) return usual(request, response)
    const description = 'Invalid Client Registration: jwks_uri'
    sendJson(response, 400, { error: 'invalid_client_metadata', error_description: description })
  })
}
