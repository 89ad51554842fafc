import type { Adapter, AdapterPayload } from 'oidc-provider'

/** The storage of the provider. Nothing is lost: its own one keeps 1,000 records, and would forget clients whose apps wait for their turn. */
export function providerStorage(): (model: string) => Adapter {
  const records = new Map<string, AdapterPayload>()
  const byUid = new Map<string, string>()
  return model => {
    const keyOf = (id: string): string => `${model}:${id}`
    return {
      async upsert(id, payload) {
        records.set(keyOf(id), payload)
        if (payload.uid !== undefined) byUid.set(keyOf(payload.uid), keyOf(id))
      },
      find: async id => records.get(keyOf(id)),
      findByUid: async uid => records.get(byUid.get(keyOf(uid)) ?? ''),
      findByUserCode: async () => undefined,
      async consume(id) {
        Object.assign(records.get(keyOf(id)) ?? {}, { consumed: Math.floor(Date.now() / 1_000) })
      },
      destroy: async id => void records.delete(keyOf(id)),
      revokeByGrantId: async () => undefined, // no code is used twice here
    }
  }
}
