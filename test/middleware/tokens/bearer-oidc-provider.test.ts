import { decodeProtectedHeader } from 'jose'
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import * as oidc from 'openid-client'
import { expect, onTestFinished, test } from 'vitest'
import { type LocalProvider, startProvider } from '../../../examples/provider/provider.ts'
import { startApp } from '../../support/app.ts'
import { Browser, signIn } from '../../support/browser.ts'
import { plainFlow, register, startPlainApp } from '../../support/providers/plain-client.ts'
import { apiApp, audience, call } from '../../support/tokens/bearer.ts'

/** A real provider whose access tokens for `audience` are of this format, and for other APIs too. */
async function providerOf(accessTokenFormat: 'jwt' | 'opaque'): Promise<LocalProvider> {
  const provider = await startProvider({
    configuration: defaults =>
      ({
        ...defaults,
        loadExistingGrant: grantAll,
        features: {
          ...defaults.features,
          clientCredentials: { enabled: true },
          introspection: { enabled: true, allowedPolicy: () => true },
          resourceIndicators: {
            enabled: true,
            useGrantedResource: () => true,
            getResourceServerInfo: (_ctx: unknown, resource: string) => ({
              scope: 'read write',
              audience: resource,
              accessTokenFormat,
            }),
          },
        },
      }) as Configuration,
  })
  onTestFinished(() => provider.close())
  return provider
}

async function grantAll({ oidc: { client, params, provider, session } }: KoaContextWithOIDC) {
  if (!client || !session?.accountId) return undefined
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope('openid')
  grant.addResourceScope(String(params?.['resource']), 'read')
  await grant.save()
  return grant
}

/** Signs alice in at an app of her own, which gets a token for an API. */
async function tokenFor({ issuer }: LocalProvider, resource: string): Promise<string> {
  const other = await startPlainApp()
  onTestFinished(() => other.close())
  const flow = await plainFlow(issuer, other.url)
  const url = new URL(flow.url)
  url.searchParams.set('resource', resource)
  url.searchParams.set('scope', 'openid read')
  url.searchParams.delete('prompt')
  return (await flow.exchange(await signIn(new Browser(), url.href))).access_token
}

test.for(['jwt', 'opaque'] as const)(
  'oidc-provider’s %s tokens pass for their audience alone',
  async format => {
    const provider = await providerOf(format)
    const app = await startApp(provider.issuer, apiApp())
    onTestFinished(() => app.close())
    const token = await tokenFor(provider, audience)
    if (format === 'jwt') expect(decodeProtectedHeader(token).typ).toBe('at+jwt')
    const answer = await call(app, '/api', token)
    expect([answer.status, answer.body.sub]).toEqual([200, 'alice'])
    expect((await call(app, '/api/read', token)).status).toBe(200)
    const asked = provider.requests.filter(({ path }) => path === '/token/introspection')
    expect(asked).toHaveLength(format === 'jwt' ? 0 : 1)

    const refused = await call(app, '/api', await tokenFor(provider, 'https://other.example'))
    expect([refused.status, refused.body.error]).toEqual([401, 'ERR_OIDC_BEARER_TOKEN_INVALID'])
  },
)

test('a client without a user is its own subject', async () => {
  const provider = await providerOf('jwt')
  const app = await startApp(provider.issuer, apiApp())
  onTestFinished(() => app.close())
  const { client_id, client_secret } = await register(provider.issuer, {
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  })
  const config = await oidc.discovery(new URL(provider.issuer), client_id, client_secret, undefined, {
    execute: [oidc.allowInsecureRequests],
  })
  const { access_token } = await oidc.clientCredentialsGrant(config, { resource: audience, scope: 'write' })
  const { body } = await call(app, '/who', access_token)
  expect(body).toMatchObject({ user: { sub: client_id }, claims: { client_id }, scope: 'write' })
})
