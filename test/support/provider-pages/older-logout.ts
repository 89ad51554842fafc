import { Refusal, redirect } from '../scripted-provider/exchange.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'
import type { ProviderFixture } from './fixture.ts'

/** A logout endpoint from before the specification: it has its own name for the return address, and gives no `state` back. */
export function olderLogout(name: string): NonNullable<ProviderFixture['answers']> {
  return {
    endSession:
      ({ clients }: ScriptedProvider) =>
      ({ method, query }, response) => {
        const listed = clients.get(query.get('client_id') ?? '')?.post_logout_redirect_uris
        const target = query.get(name) ?? ''
        if (method !== 'GET' || !Array.isArray(listed) || !listed.includes(target))
          throw new Refusal(400, 'invalid_request', `client_id or ${name} is missing or not listed.`)
        redirect(response, 302, target)
      },
  }
}
