import { startProvider } from '../../../examples/provider/provider.ts'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { RotationWay } from '../../../src/relying-party/changes/rotate-credentials.ts'
import { takingSecrets } from '../crash/provider-script.ts'
import { scriptedProvider } from '../scripted-provider.ts'

/** A provider that counts what it answers. */
export interface SoakProvider {
  readonly name: string
  readonly issuer: string
  readonly tokenEndpoint: string
  /** What it refused outside the token endpoint. */
  readonly refusals: readonly string[]
  /** How many clients were ever registered. */
  readonly registered: () => number
  readonly liveClients: () => Promise<string[]>
  /** Says the same as long as no client has other credentials. */
  readonly credentials: () => Promise<string>
  readonly close: () => Promise<void>
}

/** How an app registers so that its credentials are renewed in a certain way, and where. */
export const ways: Readonly<
  Record<
    RotationWay,
    {
      readonly start: () => Promise<SoakProvider>
      readonly metadata: NonNullable<RelyingPartyOptions['metadata']>
    }
  >
> = {
  keys: { start: startReal, metadata: { token_endpoint_auth_method: 'private_key_jwt' } },
  secret: { start: startScripted, metadata: { token_endpoint_auth_method: 'client_secret_basic' } },
  replacement: { start: startReal, metadata: { token_endpoint_auth_method: 'client_secret_basic' } },
}

/** oidc-provider, which takes new keys and no new secret. */
async function startReal(): Promise<SoakProvider> {
  const local = await startProvider()
  const { provider, issuer } = local
  const ids: string[] = []
  const refusals: string[] = []
  provider.on('registration_create.success', (_ctx, client) => void ids.push(client.clientId))
  provider.on('authorization.error', (_ctx, error) => void refusals.push(`authorize: ${error.message}`))
  provider.on('userinfo.error', (_ctx, error) => void refusals.push(`userinfo: ${error.message}`))
  provider.on('end_session.error', (_ctx, error) => void refusals.push(`end session: ${error.message}`))
  provider.on('server_error', (_ctx, error) => void refusals.push(`server: ${error.message}`))
  const live = async () => {
    const found = await Promise.all(ids.map(id => provider.Client.find(id)))
    return found.flatMap(client => client?.metadata() ?? [])
  }
  return {
    name: 'oidc-provider',
    issuer,
    tokenEndpoint: `${provider.issuer}/token`,
    refusals,
    registered: () => ids.length,
    liveClients: async () => (await live()).map(client => client.client_id),
    credentials: async () => credentialsOf(await live()),
    close: () => local.close(),
  }
}

/** The scripted provider, where it takes secrets that clients choose. */
async function startScripted(): Promise<SoakProvider> {
  const provider = await scriptedProvider()
  const refusals: string[] = []
  provider.answer('client', takingSecrets(provider, provider.usualAnswer('client')))
  for (const endpoint of ['authorize', 'userinfo', 'endSession'] as const) {
    const usual = provider.usualAnswer(endpoint)
    provider.answer(endpoint, async (request, response) => {
      try {
        await usual(request, response)
      } catch (error) {
        refusals.push(`${endpoint}: ${error instanceof Error ? error.message : String(error)}`)
        throw error
      }
    })
  }
  return {
    name: 'the scripted provider',
    issuer: provider.issuer,
    tokenEndpoint: `${provider.issuer}/token`,
    refusals,
    registered: () => provider.requestsTo('register').length,
    liveClients: async () => [...provider.clients.keys()],
    credentials: async () => credentialsOf([...provider.clients.values()]),
    close: provider.close,
  }
}

function credentialsOf(clients: readonly Readonly<Record<string, unknown>>[]): string {
  return JSON.stringify(clients.map(({ client_id, client_secret, jwks }) => [client_id, client_secret, jwks]))
}
