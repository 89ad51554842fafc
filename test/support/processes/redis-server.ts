import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { isMissing } from './missing.ts'
import { buildService, type Service } from './service.ts'

const PROGRAM = '/usr/bin/redis-server'

/** Whether tests against Redis must be skipped; says how to install it. */
export function redisIsMissing(): boolean {
  return isMissing(PROGRAM, 'Redis', 'apt-get install -y redis-server')
}

/** Starts a Redis of its own, which keeps what it is told over a restart. */
export async function startRedis(...args: readonly string[]): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), 'oidc-redis-'))
  const port = await freePort()
  const own = [
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
  ]
  const service = buildService({
    path: PROGRAM,
    args: ['--port', String(port), ...own, ...args],
    folder,
    killedBy: 'SIGKILL',
    ready: 'Ready to accept connections',
  })
  await service.start()
  return {
    port,
    ...service,
    async remove() {
      await service.kill()
      await rm(folder, { recursive: true })
    },
  }
}
