// A process of its own that works on a folder of records, or on a file of SQLite, as told by the messages of its parent.
import { sqliteStore } from '../../../src/sqlite.ts'
import { fileStore } from '../../../src/stores/files/file-store.ts'
import type { Store } from '../../../src/stores/store.ts'

/** What a parent asks for. */
export type StoreTask =
  | { readonly kind: 'race'; readonly key: string; readonly increments: number }
  | { readonly kind: 'write'; readonly key: string; readonly filler: number }

/** What a child answers. */
export type StoreReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'raced'; readonly won: boolean }
  | { readonly kind: 'written'; readonly number: number }

const place = process.argv[2] ?? ''
const store = place.endsWith('.sqlite') ? sqliteStore(place) : fileStore(place)
const report = (message: StoreReport): unknown => process.send?.(message)

process.on('message', (task: StoreTask) => {
  const work = task.kind === 'race' ? race(task.key, task.increments) : writeWithoutEnd(task.key, task.filler)
  work.catch(error => {
    console.error(error)
    process.exit(1)
  })
})
report({ kind: 'ready' })

/** Tries to be the first at a key, then adds to the counter that all share. */
async function race(key: string, increments: number): Promise<void> {
  const won = (await store.set(key, String(process.pid), { ifAbsent: true })) !== undefined
  for (let count = 0; count < increments; count++) await increment(store, 'counter')
  report({ kind: 'raced', won })
}

async function increment(shared: Store, key: string): Promise<void> {
  for (;;) {
    const found = await shared.get(key)
    const condition = found ? { ifVersion: found.version } : { ifAbsent: true as const }
    const version = await shared.set(key, String(Number(found?.value ?? 0) + 1), condition)
    if (version !== undefined) return
  }
}

/** Writes larger and larger numbers and reports each one that is durable. */
async function writeWithoutEnd(key: string, filler: number): Promise<void> {
  for (let number = 1; ; number++) {
    await store.set(key, JSON.stringify({ number, filler: 'x'.repeat(filler) }))
    report({ kind: 'written', number })
  }
}
