import { decodeProtectedHeader } from 'jose'
import type { Recorded } from '../scripted-provider/exchange.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'

/** Registers a client at a scripted provider as an administrator does. */
export function addClient(
  { clients }: Pick<ScriptedProvider, 'clients'>,
  appUrl: string,
  { method, ...members }: Readonly<Record<string, unknown>> & { readonly client_id: string },
): void {
  const redirect_uris = [`${appUrl}/callback`]
  clients.set(members.client_id, { ...members, redirect_uris, token_endpoint_auth_method: method })
}

/** How a token request has proved who sends it. */
export function methodOf({ headers, body }: Recorded): string {
  const form = new URLSearchParams(body)
  const assertion = form.get('client_assertion')
  if (assertion)
    return decodeProtectedHeader(assertion).alg === 'HS256' ? 'client_secret_jwt' : 'private_key_jwt'
  if (form.has('client_secret')) return 'client_secret_post'
  return headers.authorization?.startsWith('Basic ') ? 'client_secret_basic' : 'none'
}

/** The client assertion of the newest token request. */
export function assertionOf({ requestsTo }: Pick<ScriptedProvider, 'requestsTo'>): string {
  return new URLSearchParams(requestsTo('token').at(-1)?.body).get('client_assertion') ?? ''
}
