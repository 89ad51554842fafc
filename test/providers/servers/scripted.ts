import { once } from 'node:events'
import { AdminApi } from '../../../examples/hydra/login-consent/admin-api.ts'
import { createLoginConsent } from '../../../examples/hydra/login-consent/app.ts'
import { freePort } from '../../support/processes/free-port.ts'
import { redirect } from '../../support/scripted-hydra/wire.ts'
import { scriptedHydra } from '../../support/scripted-hydra.ts'
import { scriptedProvider } from '../../support/scripted-provider.ts'
import type { ProviderServer } from './administration.ts'
import { administrateScriptedHydra, administrateScriptedProvider } from './scripted-admin.ts'

/** Starts the scripted provider, which signs one user in without asking. */
export async function startScriptedProvider(): Promise<ProviderServer> {
  const provider = await scriptedProvider()
  const { issuer, close } = provider
  provider.user = { sub: 'alice', name: 'Alice Liddell', email: 'alice@example.com', roles: ['admin'] }
  provider.idToken = (claims, header) => {
    const asked = provider.requestsTo('authorize').at(-1)?.query.get('acr_values')?.split(' ')
    return { claims: { ...claims, ...(asked?.includes('gold') && { acr: 'gold' }) }, header }
  }
  return { issuer, options: {}, administration: administrateScriptedProvider(provider), close }
}

/** Starts the scripted Hydra, with the login and consent app of `examples/hydra`. */
export async function startScriptedHydra(): Promise<ProviderServer> {
  const hydra = await scriptedHydra({ asksUser: true })
  const port = await freePort()
  const pages = createLoginConsent(new AdminApi(hydra.issuer)).listen(port, '127.0.0.1')
  await once(pages, 'listening')
  hydra.answer('pages', ({ path, query }, response) =>
    redirect(response, 302, `http://127.0.0.1:${port}${path.replace('/ui', '')}?${query.toString()}`),
  )
  return {
    issuer: hydra.issuer,
    options: {},
    introspectionEndpoint: `${hydra.issuer}/admin/oauth2/introspect`,
    administration: administrateScriptedHydra(hydra),
    async close() {
      pages.closeAllConnections()
      pages.close()
      await hydra.close()
    },
  }
}
