// A process of its own that races others at a store, one round whenever its parent says so.
import { Pool } from 'pg'
import { createClient } from 'redis'
import type { Store } from '../../../src/index.ts'
import { postgresStore } from '../../../src/postgres.ts'
import { redisStore } from '../../../src/redis.ts'
import { sqliteStore } from '../../../src/sqlite.ts'

const [, , medium, place = ''] = process.argv
const store = await openStore()

process.on('message', (round: number) => {
  runRound(round).catch(error => {
    console.error(error)
    process.exit(1)
  })
})
process.send?.('ready')

async function openStore(): Promise<Store> {
  if (medium === 'sqlite') return sqliteStore(place)
  return medium === 'redis' ? openRedis(Number(place)) : openPostgres(Number(place))
}

async function openRedis(port: number): Promise<Store> {
  const client = createClient({ socket: { host: '127.0.0.1', port } })
  client.on('error', console.error)
  return redisStore(await client.connect())
}

async function openPostgres(port: number): Promise<Store> {
  const pool = new Pool({ host: '127.0.0.1', port, user: 'postgres', max: 2 })
  pool.on('error', console.error)
  return postgresStore(pool)
}

/** Tries to be the first at a key, then adds to the counter that all share. */
async function runRound(round: number): Promise<void> {
  const version = await store.set(`first:${round}`, String(process.pid), { ifAbsent: true })
  for (let count = 0; count < 5; count++) await increment('counter')
  process.send?.({ won: version !== undefined })
}

async function increment(key: string): Promise<void> {
  for (;;) {
    const found = await store.get(key)
    const condition = found ? { ifVersion: found.version } : { ifAbsent: true as const }
    if (await store.set(key, String(Number(found?.value ?? 0) + 1), condition)) return
  }
}
