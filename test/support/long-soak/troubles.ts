import { setTimeout as pause } from 'node:timers/promises'
import type { Service } from '../processes/service.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'
import type { Replicas } from './replicas.ts'

/** What is done to an app at random while people use it. */
export interface Troubles {
  readonly counts: Readonly<Record<string, number>>
  /** Whether something is disturbed, or was a moment ago. */
  readonly isDisturbed: () => boolean
  readonly stop: () => Promise<void>
}

/** Seconds: at least so many, and up to so many more. */
export interface Pace {
  readonly least: number
  readonly spread: number
}

interface Places {
  readonly replicas: Replicas
  readonly provider: ScriptedProvider
  readonly redis: Service
}

/** Milliseconds after a disturbance in which a failure may still be due to it: the longest pause after a failure, and a visit. */
const AFTERMATH = 15_000
/** Milliseconds for which a server is away. */
const AWAY = 3_000

/** Begins to cause troubles. */
export function startTroubles({ replicas, provider, redis }: Places, { least, spread }: Pace): Troubles {
  const harmless: Readonly<Record<string, () => Promise<unknown>>> = {
    'rotations of credentials': async () => {
      const way = await replicas.rotate()
      if (way.startsWith('failed')) throw new Error(way)
    },
    'rotations of keys': () => provider.rotateKeys(),
  }
  const disturbing: Readonly<Record<string, () => Promise<unknown>>> = {
    'restarts of a replica': () => replicas.restartOne(),
    'restarts of the provider': async () => {
      await provider.stop()
      await pause(AWAY)
      await provider.start()
    },
    'restarts of Redis': async () => {
      await redis.kill()
      await pause(AWAY)
      await redis.start()
    },
    'silences of Redis': async () => {
      redis.signal('SIGSTOP')
      await pause(AWAY)
      redis.signal('SIGCONT')
    },
  }
  const names = [...Object.keys(harmless), ...Object.keys(disturbing)]
  const counts: Record<string, number> = Object.fromEntries(names.map(name => [name, 0]))
  let disturbedUntil = 0
  const over = new AbortController()

  async function cause(name: string): Promise<void> {
    const disturb = disturbing[name]
    if (disturb) disturbedUntil = Number.POSITIVE_INFINITY
    console.log(`${new Date().toISOString()} ${name}`)
    try {
      await (disturb ?? harmless[name])?.()
      counts[name] = (counts[name] ?? 0) + 1
    } finally {
      if (disturb) disturbedUntil = performance.now() + AFTERMATH
    }
  }

  async function causeAgainAndAgain(): Promise<void> {
    for (;;) {
      await pause((least + Math.random() * spread) * 1_000, undefined, { signal: over.signal })
      await cause(names[Math.floor(Math.random() * names.length)] ?? '')
    }
  }

  const running = causeAgainAndAgain().catch((error: unknown) => {
    if (!over.signal.aborted) throw error
  })
  return {
    counts,
    isDisturbed: () => performance.now() < disturbedUntil,
    async stop() {
      over.abort()
      await running
    },
  }
}
