import type { Adapter, StoredRecord } from './oidc-provider.ts'

/** The storage of a test provider: in memory, so that a test can delete from it. */
export interface ProviderStorage {
  readonly adapter: (model: string) => Adapter
  /** Deletes all records of a kind, or the one with this id. */
  forget(model: 'AuthorizationCode' | 'Client', id?: string): void
  /** Puts a wrong nonce into the codes that are not used yet. Returns `false` if there is none. */
  spoilNonces(): boolean
}

/** Creates the storage. Nothing in it expires, because a test ends sooner. */
export function providerStorage(): ProviderStorage {
  const records = new Map<string, StoredRecord>()
  return {
    adapter: model => {
      const key = (id: string): string => `${model}:${id}`
      const findBy = (name: 'uid' | 'userCode', value: string): StoredRecord | undefined =>
        [...records].find(([id, record]) => id.startsWith(key('')) && record[name] === value)?.[1]
      return {
        upsert: async (id, payload) => void records.set(key(id), { ...payload }),
        find: async id => records.get(key(id)),
        findByUid: async uid => findBy('uid', uid),
        findByUserCode: async userCode => findBy('userCode', userCode),
        async consume(id) {
          const record = records.get(key(id))
          if (record) record.consumed = Math.floor(Date.now() / 1_000)
        },
        destroy: async id => void records.delete(key(id)),
        async revokeByGrantId(grantId) {
          for (const [id, record] of records) if (record.grantId === grantId) records.delete(id)
        },
      }
    },
    spoilNonces() {
      const codes = [...records].filter(
        ([key, { consumed }]) => key.startsWith('AuthorizationCode:') && consumed === undefined,
      )
      for (const [, record] of codes) record.nonce = 'a nonce that the app did not send'
      return codes.length > 0
    },
    forget(model, id) {
      for (const key of records.keys())
        if (id === undefined ? key.startsWith(`${model}:`) : key === `${model}:${id}`) records.delete(key)
    },
  }
}
