import { describe } from 'vitest'
import { postgresIsMissing, startPostgres } from './postgres-server.ts'
import { redisIsMissing, startRedis } from './redis-server.ts'
import type { Service } from './service.ts'

export interface SessionServer {
  readonly kind: 'redis' | 'postgres'
  readonly start: () => Promise<Service>
}

/** Describes what must hold at every server that can keep sessions. What is not installed is skipped, and said. */
export function describeAtEachServer(name: string, tests: (server: SessionServer) => void): void {
  describe.skipIf(redisIsMissing())(`${name} in redis`, () =>
    tests({ kind: 'redis', start: () => startRedis() }),
  )
  describe.skipIf(postgresIsMissing())(`${name} in postgres`, () =>
    tests({ kind: 'postgres', start: startPostgres }),
  )
}
