import { randomUUID } from 'node:crypto'
import type { Administration } from './administration.ts'
import { foreignKeys } from './foreign-keys.ts'
import { callJson } from './process.ts'

type HydraAdministration = Omit<
  Administration,
  'disableClient' | 'switchRegistration' | 'restart' | 'wipe' | 'askConsent' | 'offerClasses'
>

/** What an administrator of Hydra can do over its admin API. */
export function administrateHydra(url: string): HydraAdministration {
  const call = (method: string, path: string, body?: unknown): Promise<unknown> =>
    callJson(`${url}/admin${path}`, method, { body })
  const patch = async (clientId: string, path: string, value: unknown): Promise<void> =>
    void (await call('PATCH', `/clients/${clientId}`, [{ op: 'replace', path, value }]))
  return {
    async clientsNamed(name) {
      const found = await call('GET', `/clients?page_size=500&client_name=${encodeURIComponent(name)}`)
      return (found as { readonly client_id: string }[]).map(client => client.client_id)
    },
    deleteClient: async clientId => void (await call('DELETE', `/clients/${clientId}`)),
    changeSecret: clientId => patch(clientId, '/client_secret', randomUUID()),
    changeKeys: async clientId => patch(clientId, '/jwks', await foreignKeys()),
    // A PUT erases it in every version (Hydra facts §9); the answer of GET has no secret, so that one stays.
    async voidRegistrationToken(clientId) {
      await call('PUT', `/clients/${clientId}`, await call('GET', `/clients/${clientId}`))
    },
    async issueTokens(clientId, { format, audience }) {
      if (format === 'jwt') await patch(clientId, '/access_token_strategy', 'jwt')
      await patch(clientId, '/audience', [audience])
    },
    async shortenTokens(clientId) {
      const [first, later] = ['authorization_code', 'refresh_token'].map(
        grant => `${grant}_grant_access_token_lifespan`,
      )
      await call('PUT', `/clients/${clientId}/lifespans`, { [String(first)]: '4s', [String(later)]: '4s' })
    },
    endSession: async sid =>
      void (await call('DELETE', `/oauth2/auth/sessions/login?sid=${encodeURIComponent(sid)}`)),
    rotateKeys: async () =>
      void (await call('POST', '/keys/hydra.openid.id-token', {
        alg: 'RS256',
        use: 'sig',
        kid: randomUUID(),
      })),
  }
}
