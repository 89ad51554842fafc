import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runChild } from '../crash/run-child.ts'
import { ways } from './providers.ts'
import type { Surroundings } from './soak.ts'

/** When the last session of all clients is over, and every replica has read the record. */
const ALL_OVER = 9 * 3_600_000

/**
 * Starts the app once more when all sessions are over. Returns the clients that are left at the provider.
 */
export async function tidyUp(
  { way, provider, balancer, redis }: Surroundings,
  scope: string,
): Promise<readonly string[]> {
  const compiled = await mkdtemp(join(tmpdir(), 'oidc-soak-'))
  const { report } = await runChild(
    {
      medium: { kind: 'redis', place: String(redis.port) },
      store: 'soak',
      issuer: provider.issuer,
      port: Number(new URL(balancer.url).port),
      clock: ALL_OVER,
      options: { scope, metadata: ways[way].metadata, rereadEvery: 1 },
      steps: [],
      proof: ['start', 'settle'],
    },
    compiled,
  )
  await rm(compiled, { recursive: true })
  if (report.fault) throw new Error(`What was left could not be tidied up: ${report.fault}`)
  return provider.liveClients()
}
