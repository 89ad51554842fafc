import type { Adapter, AdapterFactory, AdapterPayload, Configuration } from 'oidc-provider'

/** What oidc-provider keeps, where it has no API to list or change it. */
export interface RecordBook {
  /** Makes the storage of a configuration known to this book. */
  readonly watch: (usual: Configuration) => Configuration
  readonly clients: () => readonly AdapterPayload[]
  readonly changeClient: (clientId: string, members: object) => Promise<void>
  readonly deleteClient: (clientId: string) => Promise<void>
  readonly forgetRegistrationTokens: (clientId: string) => Promise<void>
}

export function recordBook(): RecordBook {
  const clients = new Map<string, AdapterPayload>()
  const tokens = new Map<string, unknown>()
  const adapters = new Map<string, Adapter>()
  const adapterOf = (model: string): Adapter => {
    const adapter = adapters.get(model)
    if (adapter === undefined) throw new Error(`oidc-provider has not used its storage for ${model} yet.`)
    return adapter
  }
  return {
    watch(usual) {
      const inner = usual.adapter as AdapterFactory
      const adapter: AdapterFactory = model => {
        const watched = watchAdapter(inner(model), model, clients, tokens)
        adapters.set(model, watched)
        return watched
      }
      return { ...usual, adapter }
    },
    clients: () => [...clients.values()],
    async changeClient(clientId, members) {
      const client = await adapterOf('Client').find(clientId)
      await adapterOf('Client').upsert(clientId, { ...client, ...members }, undefined as never)
    },
    deleteClient: clientId =>
      adapterOf('Client')
        .destroy(clientId)
        .then(() => undefined),
    async forgetRegistrationTokens(clientId) {
      for (const [id, owner] of tokens)
        if (owner === clientId) await adapterOf('RegistrationAccessToken').destroy(id)
    },
  }
}

function watchAdapter(
  inner: Adapter,
  model: string,
  clients: Map<string, AdapterPayload>,
  tokens: Map<string, unknown>,
): Adapter {
  return {
    ...inner,
    async upsert(id, payload, expiresIn) {
      if (model === 'Client') clients.set(id, payload)
      if (model === 'RegistrationAccessToken') tokens.set(id, payload.clientId)
      await inner.upsert(id, payload, expiresIn)
    },
    async destroy(id) {
      if (model === 'Client') clients.delete(id)
      await inner.destroy(id)
    },
  }
}
