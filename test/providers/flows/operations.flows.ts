import { exportJWK, generateKeyPair } from 'jose'
import { expect } from 'vitest'
import { OidcApi } from '../../../src/index.ts'
import { askToken } from '../../support/tokens/token-routes.ts'
import { PersonalBrowser, visit } from '../matrix/person.ts'
import type { Provider } from '../matrix/provider.ts'
import { testFlows } from '../matrix/test-flows.ts'

testFlows({
  async 'calls the seven operations'({ start, provider }) {
    const api = new OidcApi({ issuer: provider.issuer })
    const discovered = await api.discoverOidcConfiguration()
    expect(discovered.issuer).toBe(provider.issuer)
    await managesClient(provider, api)

    const app = await start()
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).status).toBe(200)
    const { token = '' } = await askToken(app, browser)
    expect(await api.getOidcUserInfo(token)).toMatchObject({ sub: expect.any(String) })
    await expect(api.getOidcUserInfo('not-a-token')).rejects.toMatchObject({ providerStatus: 401 })
    const { url } = await api.revokeOidcSession({})
    expect(url.href).toContain(discovered.end_session_endpoint)
  },
})

async function managesClient(provider: Provider, api: OidcApi): Promise<void> {
  const { publicKey } = await generateKeyPair('PS256')
  const key = { ...(await exportJWK(publicKey)), kty: 'RSA', kid: 'one', use: 'sig', alg: 'PS256' }
  const asked = {
    client_name: 'One',
    redirect_uris: ['http://localhost:3000/callback'],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'PS256',
    jwks: { keys: [key] },
  } as const
  const { initialAccessToken } = provider.options
  const created = await api.createOidcDynamicClient(asked, initialAccessToken ? { initialAccessToken } : {})
  expect(await api.getOidcDynamicClient(created)).toMatchObject({ client_name: 'One' })
  const changed = await api.setOidcDynamicClient(created, { ...asked, client_name: 'Two' })
  expect(changed).toMatchObject({ client_id: created.client_id, client_name: 'Two' })
  const current = { ...created, ...changed }
  const refused = { operation: 'getOidcDynamicClient', providerStatus: 401 }
  // RFC 7592 §2.2: an answer with another token ends the first one.
  if (current.registration_access_token !== created.registration_access_token)
    await expect(api.getOidcDynamicClient(created)).rejects.toMatchObject(refused)
  expect(await api.getOidcDynamicClient(current)).toMatchObject({ client_name: 'Two' })
  await api.deleteOidcDynamicClient(current)
  await expect(api.getOidcDynamicClient(current)).rejects.toMatchObject(refused)
  await expect(api.deleteOidcDynamicClient(current)).rejects.toMatchObject({ providerStatus: 401 })
}
