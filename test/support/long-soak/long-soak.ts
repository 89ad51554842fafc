import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from 'redis'
import { startRedis } from '../processes/redis-server.ts'
import { scriptedProvider } from '../scripted-provider.ts'
import { startBalancer } from '../soak/balancer.ts'
import { startGuests } from './guests.ts'
import { type Replicas, startReplicas } from './replicas.ts'
import { type Development, develop, type Sample } from './samples.ts'
import { type Pace, startTroubles } from './troubles.ts'

export interface LongSoakSize {
  readonly minutes: number
  readonly processes: number
  readonly guests: number
  /** Seconds after which a login is over. What is kept because of it must be gone then, so the store levels off. */
  readonly absoluteLifetime: number
  /** How often the app and its store are measured. */
  readonly samples: number
  /** Seconds between two troubles. */
  readonly pause: Pace
}

export interface LongSoakResult {
  readonly deeds: Readonly<Record<string, number>>
  readonly troubles: Readonly<Record<string, number>>
  readonly failures: readonly string[]
  readonly excused: number
  readonly clients: number
  readonly developments: readonly Development[]
}

/** Uses an app of several processes for a long time, while what it depends on is restarted at random. */
export async function runLongSoak(size: LongSoakSize): Promise<LongSoakResult> {
  const [redis, balancer, provider] = await Promise.all([startRedis(), startBalancer(), scriptedProvider()])
  const meter = createClient({ socket: { host: '127.0.0.1', port: redis.port } }).on('error', () => undefined)
  await meter.connect()
  let replicas: Replicas | undefined
  try {
    const { absoluteLifetime, processes } = size
    const task = { issuer: provider.issuer, baseUrl: balancer.url, redis: redis.port, absoluteLifetime }
    replicas = await startReplicas(processes, task, balancer)
    const troubles = startTroubles({ replicas, provider, redis }, size.pause)
    const { isDisturbed } = troubles
    const guests = startGuests(size.guests, { url: balancer.url, provider, isDisturbed })
    const every = (size.minutes * 60_000) / size.samples
    const samples: Sample[] = []
    const requests = provider.requests as unknown[]
    for (let count = 0; count < size.samples; count += 1) {
      await pause(every)
      requests.length = 0 // the provider of tests remembers each, which an hour fills
      samples.push(await sample(replicas, meter))
    }
    await troubles.stop()
    await guests.stop()
    return {
      deeds: guests.counts,
      troubles: troubles.counts,
      failures: guests.failures,
      excused: guests.excused(),
      clients: provider.clients.size,
      developments: develop(samples, every / 60_000),
    }
  } finally {
    await replicas?.end()
    meter.destroy()
    await Promise.all([balancer.close(), provider.close()])
    await redis.remove()
  }
}

type Meter = Pick<ReturnType<typeof createClient>, 'dbSize' | 'info'>

/** While Redis is away, or reads what it has kept, it waits. */
async function sample(replicas: Replicas, meter: Meter): Promise<Sample> {
  const { heap, handles } = await replicas.measure()
  const [keys, memory] = await measureStore(meter)
  return { heap, handles, keys, bytes: Number(/^used_memory_dataset:(\d+)/m.exec(memory)?.[1]) }
}

async function measureStore(meter: Meter): Promise<[keys: number, memory: string]> {
  try {
    return [await meter.dbSize(), await meter.info('memory')]
  } catch {
    await pause(100)
    return measureStore(meter)
  }
}
