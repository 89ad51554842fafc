import { setTimeout as pause } from 'node:timers/promises'
import type { RotationWay } from '../../../src/relying-party/changes/rotate-credentials.ts'
import { startRedis } from '../processes/redis-server.ts'
import type { Service } from '../processes/service.ts'
import { type Balancer, startBalancer } from './balancer.ts'
import { type Exchanges, type Switch, watchExchanges } from './exchanges.ts'
import { type Figures, figuresOf } from './figures.ts'
import { type Processes, startProcesses } from './processes.ts'
import { type SoakProvider, ways } from './providers.ts'
import { tidyUp } from './tidy.ts'
import { startTokenGateway, type TokenGateway } from './token-gateway.ts'
import { startVisitors, type Visitors } from './visitors.ts'

/** How large a soak is. */
export interface SoakSize {
  readonly processes: number
  readonly browsers: number
  readonly rotations: number
  /** How long all rotations take at least. */
  readonly seconds: number
}

/** What the processes of an app stand between. */
export interface Surroundings {
  readonly way: RotationWay
  readonly provider: SoakProvider
  readonly exchanges: Exchanges
  readonly gateway: TokenGateway
  readonly balancer: Balancer
  readonly redis: Service
}

/** Exchanges that are held over each rotation: so many when they come, and so many when their answer is ready. */
const HELD = { code: 2, refresh: 1 }
/** Of what was asked for, a visitor asks for parts, each of which takes a refresh. */
const SCOPE = 'openid profile offline_access'
const TIMEOUT = 60_000

/** Renews credentials again and again while people sign in and out at several processes, and counts what happens. */
export async function runSoak(way: RotationWay, size: SoakSize): Promise<Figures> {
  const around = await surround(way)
  const { provider, gateway, balancer, redis } = around
  let processes: Processes | undefined
  try {
    const task = {
      issuer: provider.issuer,
      baseUrl: balancer.url,
      redis: redis.port,
      scope: SCOPE,
      metadata: ways[way].metadata,
    }
    processes = await startProcesses(size.processes, { ...task, tokenEndpoint: gateway.tokenEndpoint })
    balancer.targets.push(...processes.ports)
    const seen = await watch(around, processes, size)
    await Promise.all([processes.end(), balancer.close()]) // the address is free then for the process that tidies up
    const left = await tidyUp(around, SCOPE)
    return figuresOf(around, size, { ...seen, processes, left })
  } finally {
    await Promise.all([processes?.end(), provider.close(), gateway.close()])
    await redis.remove()
  }
}

async function surround(way: RotationWay): Promise<Surroundings> {
  const [redis, balancer, provider] = await Promise.all([startRedis(), startBalancer(), ways[way].start()])
  const exchanges = watchExchanges()
  const gateway = await startTokenGateway(provider.tokenEndpoint, exchanges)
  return { way, provider, exchanges, gateway, balancer, redis }
}

async function watch(
  around: Surroundings,
  processes: Processes,
  size: SoakSize,
): Promise<{ readonly visitors: Visitors; readonly switches: Switch[]; readonly seconds: number }> {
  const begun = performance.now()
  const visitors = startVisitors(around.balancer.url, size.browsers)
  const switches: Switch[] = []
  try {
    for (let count = 1; count <= size.rotations; count += 1) {
      switches.push(await rotateAmid(around, processes, visitors))
      await pause(Math.max(0, begun + (count * 1_000 * size.seconds) / size.rotations - performance.now()))
    }
  } catch (error) {
    const known = [...visitors.failures, ...processes.failed].slice(0, 10)
    throw new Error([String(error), ...known].join('\n'), { cause: error })
  } finally {
    around.exchanges.release()
    await visitors.stop()
  }
  return { visitors, switches, seconds: (performance.now() - begun) / 1_000 }
}

/** One rotation that begins and ends while exchanges wait at the provider, and people go on signing in. */
async function rotateAmid(
  { exchanges, provider, way }: Surroundings,
  processes: Processes,
  visitors: Visitors,
): Promise<Switch> {
  const visits = (): number => visitors.counts().signIns + visitors.failures.length
  const before = visits()
  exchanges.hold(HELD)
  await until('exchanges to be held', () => exchanges.held() >= 2 * (HELD.code + HELD.refresh))
  const old = await provider.credentials()
  const begun = performance.now()
  const taken = await processes.rotate()
  const ended = performance.now()
  if (taken !== way) throw new Error(`The rotation was by ${taken}, not by ${way}.`)
  if ((await provider.credentials()) === old) throw new Error('The provider holds the old credentials.')
  exchanges.release()
  await until('sign-ins', () => visits() >= before + 4 * HELD.code)
  return { begun, ended }
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const deadline = performance.now() + TIMEOUT; !isSo(); await pause(5)) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}.`)
  }
}
