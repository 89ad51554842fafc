import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

interface Entry {
  readonly payload: AdapterPayload
  readonly expiresAt?: number
}

/** What a restart must not lose; codes and tokens may go. */
const KEPT = ['Client', 'RegistrationAccessToken', 'Session', 'Grant']

/** Makes oidc-provider's storage: in memory, and with a file, clients and browser sessions in that file too. */
export function clientsFile(file?: string): AdapterFactory {
  const entries = new Map(Object.entries((file && readJson<Record<string, Entry>>(file)) || {}))
  const keep = (model: string) => {
    if (file && KEPT.includes(model)) writeJson(file, keptOf(entries))
  }
  return model => adapter(model, entries, () => keep(model))
}

/** Reads a JSON file; a missing one is undefined. */
export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new Error(`${file} cannot be read. Remove it to start afresh.`, { cause })
  }
}

/** Writes a JSON file that only its owner may read, so that a reader sees the old text or the new one. */
export function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  renameSync(temporary, file)
}

function adapter(model: string, entries: Map<string, Entry>, keep: () => void): Adapter {
  const key = (id: string) => `${model}:${id}`
  const copy = (entry?: Entry) => (entry && isAlive(entry) ? structuredClone(entry.payload) : undefined)
  const where = (name: 'uid' | 'userCode' | 'grantId', value: string) =>
    [...entries].filter(([id, { payload }]) => id.startsWith(key('')) && payload[name] === value)

  return {
    async upsert(id, payload, expiresIn) {
      entries.set(key(id), { payload: structuredClone(payload), ...expiry(expiresIn) })
      keep()
    },
    find: async id => copy(entries.get(key(id))),
    findByUid: async uid => copy(where('uid', uid)[0]?.[1]),
    findByUserCode: async userCode => copy(where('userCode', userCode)[0]?.[1]),
    async consume(id) {
      const entry = entries.get(key(id))
      if (entry) entry.payload.consumed = Math.floor(Date.now() / 1000)
    },
    async destroy(id) {
      if (entries.delete(key(id))) keep()
    },
    async revokeByGrantId(grantId) {
      for (const [name] of where('grantId', grantId)) entries.delete(name)
    },
  }
}

function expiry(seconds: number | undefined): { expiresAt?: number } {
  return seconds === undefined ? {} : { expiresAt: Date.now() + seconds * 1000 }
}

function isAlive(entry: Entry): boolean {
  return entry.expiresAt === undefined || entry.expiresAt > Date.now()
}

function keptOf(entries: Map<string, Entry>): Record<string, Entry> {
  const kept = [...entries].filter(
    ([name, entry]) => isAlive(entry) && KEPT.includes(name.slice(0, name.indexOf(':'))),
  )
  return Object.fromEntries(kept)
}
