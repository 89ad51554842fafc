import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

interface Entry {
  readonly payload: AdapterPayload
  readonly expiresAt?: number
}

/** What must survive a restart; codes and tokens need not. */
const PERSISTENT = ['Client', 'RegistrationAccessToken', 'Session', 'Grant']

/** Where oidc-provider keeps everything. */
export interface ProviderStorage {
  readonly adapter: AdapterFactory
  /** The sessions of all browsers. */
  readonly sessions: () => AdapterPayload[]
}

/** Creates oidc-provider's storage, in memory. With a file, clients and browser sessions are saved there as well. */
export function clientsFile(file?: string): ProviderStorage {
  const entries = new Map(Object.entries((file && readJson<Record<string, Entry>>(file)) || {}))
  const save = (model: string) => {
    if (file && PERSISTENT.includes(model)) writeJson(file, persistentEntries(entries))
  }
  return {
    adapter: model => adapter(model, entries, () => save(model)),
    sessions: () =>
      [...entries]
        .filter(([key, entry]) => key.startsWith('Session:') && isAlive(entry))
        .map(([, { payload }]) => structuredClone(payload)),
  }
}

/** Reads a JSON file, or returns undefined if it does not exist. */
export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new Error(`${file} cannot be read. Delete it to start from scratch.`, { cause })
  }
}

/** Writes a JSON file that only its owner can read. It is replaced atomically, so readers see the old or the new content. */
export function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  renameSync(temporary, file)
}

function adapter(model: string, entries: Map<string, Entry>, save: () => void): Adapter {
  const key = (id: string) => `${model}:${id}`
  const read = (entry?: Entry) => (entry && isAlive(entry) ? structuredClone(entry.payload) : undefined)
  const findBy = (name: 'uid' | 'userCode' | 'grantId', value: string) =>
    [...entries].filter(([id, { payload }]) => id.startsWith(key('')) && payload[name] === value)

  return {
    async upsert(id, payload, expiresIn) {
      entries.set(key(id), { payload: structuredClone(payload), ...expiry(expiresIn) })
      save()
    },
    find: async id => read(entries.get(key(id))),
    findByUid: async uid => read(findBy('uid', uid)[0]?.[1]),
    findByUserCode: async userCode => read(findBy('userCode', userCode)[0]?.[1]),
    async consume(id) {
      const entry = entries.get(key(id))
      if (entry) entry.payload.consumed = Math.floor(Date.now() / 1000)
    },
    async destroy(id) {
      if (entries.delete(key(id))) save()
    },
    async revokeByGrantId(grantId) {
      for (const [name] of findBy('grantId', grantId)) entries.delete(name)
    },
  }
}

function expiry(seconds: number | undefined): { expiresAt?: number } {
  return seconds === undefined ? {} : { expiresAt: Date.now() + seconds * 1000 }
}

function isAlive(entry: Entry): boolean {
  return entry.expiresAt === undefined || entry.expiresAt > Date.now()
}

function persistentEntries(entries: Map<string, Entry>): Record<string, Entry> {
  const isPersistent = (key: string) => PERSISTENT.includes(key.slice(0, key.indexOf(':')))
  return Object.fromEntries([...entries].filter(([key, entry]) => isAlive(entry) && isPersistent(key)))
}
