import { type LocalProvider, startProvider } from '../../../examples/provider/provider.ts'
import { kidsOf } from '../apps/replicas.ts'
import { scriptedHydra } from '../scripted-hydra.ts'
import { scriptedProvider } from '../scripted-provider.ts'

/** A provider of any kind, as a test of rotation sees it. */
export interface RotationProvider {
  readonly issuer: string
  /** The keys that are registered for a client now. */
  readonly kidsOf: (clientId: string) => Promise<string[]>
  /** How many requests of a method the registrations got. */
  readonly count: (method: string) => number
  readonly clientIds: () => Promise<string[]>
  readonly close: () => Promise<void>
}

export const rotationProviders: Readonly<
  Record<'the scripted provider' | 'Hydra' | 'oidc-provider', () => Promise<RotationProvider>>
> = {
  'the scripted provider': async () => {
    const provider = await scriptedProvider()
    return {
      issuer: provider.issuer,
      kidsOf: async id => kidsOf(provider.clients.get(id)?.jwks),
      count: method =>
        [...provider.requestsTo('register'), ...provider.requestsTo('client')].filter(
          request => request.method === method,
        ).length,
      clientIds: async () => [...provider.clients.keys()],
      close: () => provider.close(),
    }
  },
  Hydra: async () => {
    const hydra = await scriptedHydra()
    return {
      issuer: hydra.issuer,
      kidsOf: async id => kidsOf(hydra.clients.get(id)?.jwks),
      count: method =>
        [...hydra.requestsTo('register'), ...hydra.requestsTo('client')].filter(
          request => request.method === method,
        ).length,
      clientIds: async () => [...hydra.clients.keys()],
      close: () => hydra.close(),
    }
  },
  'oidc-provider': async () => {
    const local = await startProvider()
    const seen = new Set<string>()
    local.provider.on('registration_create.success', (_ctx, client) => void seen.add(client.clientId))
    return {
      issuer: local.issuer,
      kidsOf: async id => kidsOf((await local.provider.Client.find(id))?.metadata()['jwks']),
      count: method => registrationsOf(local, method),
      clientIds: async () => {
        const found = await Promise.all([...seen].map(id => local.provider.Client.find(id)))
        return found.flatMap(client => (client ? [client.clientId] : []))
      },
      close: () => local.close(),
    }
  },
}

function registrationsOf({ requests }: LocalProvider, method: string): number {
  return requests.filter(request => request.path.startsWith('/reg') && request.method === method).length
}
