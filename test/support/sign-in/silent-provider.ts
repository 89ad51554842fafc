import { withQuery } from '../scripted-provider/authorize.ts'
import { redirect } from '../scripted-provider/exchange.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'

/** What becomes of requests with `prompt=none`: this error, or a sign-in; and the `prompt` of each request so far. */
export interface Script {
  outcome: string | undefined
  readonly asked: (string | null)[]
}

/** Lets a provider answer silent authorization requests (OpenID Connect Core 1.0 §3.1.2.6). */
export function silently(provider: ScriptedProvider, outcome: string | undefined): Script {
  const script: Script = { outcome, asked: [] }
  const usual = provider.usualAnswer('authorize')
  provider.answer('authorize', (request, response) => {
    const { query } = request
    script.asked.push(query.get('prompt'))
    if (query.get('prompt') !== 'none' || script.outcome === undefined) return usual(request, response)
    const answer = { error: script.outcome, state: query.get('state') ?? '', iss: provider.issuer }
    redirect(response, 303, withQuery(query.get('redirect_uri') ?? '', answer))
  })
  return script
}
