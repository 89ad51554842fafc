import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { FlowApp, FlowContext } from './flow.ts'
import { facts } from './providers.ts'

/** Milliseconds: a bit more than half the life of the shortened tokens, from when on the app refreshes for a longer one. */
export const HALF_LIFE = 2_200
/** The query that asks the app for a token that lives longer than that. */
export const longer = '?minValidity=60'

type Sent = Parameters<typeof fetch>

/** Starts an app whose access tokens live some seconds, and watches its refreshes. */
export async function startShort(
  { start, provider }: FlowContext,
  metadata: RelyingPartyOptions['metadata'] = {},
): Promise<{ readonly app: FlowApp; readonly refreshes: readonly Sent[] }> {
  const refreshes: Sent[] = []
  const watchedFetch: typeof fetch = (input, init) => {
    const { body } = init ?? {}
    const form =
      body instanceof URLSearchParams ? body : new URLSearchParams(typeof body === 'string' ? body : '')
    if (form.get('grant_type') === 'refresh_token')
      refreshes.push([input, { ...init, body: form.toString(), signal: null }])
    return fetch(input, init)
  }
  const parameters = facts[provider.name].needsConsentToRefresh ? { prompt: 'consent' } : {}
  const app = await start({
    relyingParty: {
      scope: 'openid profile email offline_access',
      authorizationParameters: parameters,
      fetch: watchedFetch,
      metadata,
    },
  })
  await provider.administration.shortenTokens((await app.clients())[0] ?? '')
  return { app, refreshes }
}
