import { withQuery } from './authorize.ts'
import { type Answer, parametersOf, Refusal, redirect, sendHtml } from './exchange.ts'
import type { ProviderState } from './state.ts'

/** Signs the user out and sends the browser back (OpenID Connect RP-Initiated Logout §2). */
export function endSession(state: ProviderState): Answer {
  return async function endSession(request, response) {
    const asked = parametersOf(request)
    const target = asked.get('post_logout_redirect_uri')
    const clientId = await askingClientId(state, asked)
    if (target === null) return sendHtml(response, 200, '<p>You are signed out.</p>')
    const registered = state.clients.get(clientId ?? '')?.post_logout_redirect_uris
    if (!Array.isArray(registered) || !registered.includes(target)) {
      throw new Refusal(400, 'invalid_request', 'The post_logout_redirect_uri is not registered.')
    }
    const opaque = asked.get('state')
    redirect(response, 302, opaque === null ? target : withQuery(target, { state: opaque }))
  }
}

async function askingClientId(state: ProviderState, asked: URLSearchParams): Promise<string | undefined> {
  const clientId = asked.get('client_id') ?? undefined
  const hint = asked.get('id_token_hint')
  if (hint === null) return clientId
  const audiences: unknown[] = [await state.keyRing.audienceOf(hint)].flat()
  const [first] = audiences
  if (typeof first !== 'string' || !audiences.includes(clientId ?? first)) {
    throw new Refusal(400, 'invalid_request', 'The id_token_hint is not a token of this client.')
  }
  return clientId ?? first
}
