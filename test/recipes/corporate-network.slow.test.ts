import { expect, test } from 'vitest'
import { Browser } from '../support/browser.ts'
import { type CorporateNetwork, corporateNetwork } from '../support/recipes/corporate-network.ts'
import { type RunningRecipe, saveFiles, startFile } from '../support/recipes/recipe.ts'

const page = 'docs/recipes/corporate-network.md'

type Variables = Readonly<Record<string, string | undefined>>

async function start(network: CorporateNetwork, file: string, env: Variables): Promise<RunningRecipe> {
  const unset = { NODE_USE_ENV_PROXY: undefined, HTTPS_PROXY: undefined, NODE_EXTRA_CA_CERTS: undefined }
  const app = await startFile(await saveFiles(page), file, {
    issuer: network.issuer,
    env: { ...unset, ...network.client, ...env },
  })
  network.provider.clients.set('shop', {
    client_id: 'shop',
    client_secret: network.client.CLIENT_SECRET,
    redirect_uris: [`${app.url}/callback`],
    post_logout_redirect_uris: [`${app.url}/logout/callback`],
    token_endpoint_auth_method: 'client_secret_basic',
  })
  return app
}

const variables = ({ credentials, proxyHost, authority }: CorporateNetwork): Variables => ({
  NODE_USE_ENV_PROXY: '1',
  HTTPS_PROXY: `http://${credentials}@${proxyHost}`,
  NO_PROXY: 'localhost,127.0.0.1',
  NODE_EXTRA_CA_CERTS: authority,
})

const variablesOfCode = ({ credentials, proxyHost, authority }: CorporateNetwork): Variables => ({
  PROXY_URL: `http://${credentials}@${proxyHost}`,
  CORPORATE_CA: authority,
})

test.for([
  ['app.ts', variables],
  ['own-fetch.ts', variablesOfCode],
] as const)('%s signs a user in through the proxy', async ([file, variablesOf]) => {
  const network = await corporateNetwork()
  const app = await start(network, file, variablesOf(network))
  const profile = await new Browser({ route: network.route }).open(`${app.url}/profile`)
  expect([profile.status, profile.url], app.output()).toEqual([200, `${app.url}/profile`])
  expect(new Set(network.connections)).toEqual(new Set(['op.corp.test:443']))
})

test.for([
  ['NODE_USE_ENV_PROXY', { NODE_USE_ENV_PROXY: undefined }, 'not found'],
  ['NODE_EXTRA_CA_CERTS', { NODE_EXTRA_CA_CERTS: undefined }, 'set NODE_EXTRA_CA_CERTS'],
] as const)('without %s the log says what is missing', async ([, missing, said]) => {
  const network = await corporateNetwork()
  const app = await start(network, 'app.ts', { ...variables(network), ...missing })
  await app.says(said)
  expect((await fetch(`${app.url}/login`)).status).toBe(503)
})

test('without credentials the log says to check HTTPS_PROXY', async () => {
  const network = await corporateNetwork()
  const app = await start(network, 'app.ts', {
    ...variables(network),
    HTTPS_PROXY: `http://${network.proxyHost}`,
  })
  await app.says('check HTTPS_PROXY')
  expect(network.connections).toEqual([])
})
