import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import type { Medium } from '../stores/media.ts'
import { postgresIsMissing, startPostgres } from './postgres-server.ts'
import { redisIsMissing, startRedis } from './redis-server.ts'
import type { Service } from './service.ts'

/** Where sessions and records are kept for one test file. */
export interface SessionPlace {
  readonly medium: Medium
  readonly remove: () => Promise<void>
}

/** Describes what must hold wherever sessions can be kept that several processes use. What is not installed is skipped, and said. */
export function describeAtEachPlace(name: string, tests: (start: () => Promise<SessionPlace>) => void): void {
  describe.skipIf(redisIsMissing())(`${name} in redis`, () => tests(() => atServer('redis', startRedis())))
  describe.skipIf(postgresIsMissing())(`${name} in postgres`, () =>
    tests(() => atServer('postgres', startPostgres())),
  )
  describe(`${name} in files, and records in sqlite`, () => tests(inFolder))
}

async function atServer(kind: 'redis' | 'postgres', starting: Promise<Service>): Promise<SessionPlace> {
  const server = await starting
  return { medium: { kind, place: String(server.port) }, remove: () => server.remove() }
}

async function inFolder(): Promise<SessionPlace> {
  const place = await mkdtemp(join(tmpdir(), 'oidc-sessions-'))
  return { medium: { kind: 'sqlite', place }, remove: () => rm(place, { recursive: true, maxRetries: 5 }) }
}
