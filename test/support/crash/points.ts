import { writeSync } from 'node:fs'
import type { Store } from '../../../src/index.ts'

/** Marks a place where a process can die. */
export type Mark = (place: string) => void

/** What a process says on its standard output, one line of JSON each. */
export type Line = { readonly point: string } | { readonly report: unknown }

/** Says something at once: a process that is killed next has said it. */
export function say(line: Line): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

/**
 * Numbers the times that a process comes by a place, and kills it at the time that is given, like `before set lease (2)`.
 * What it does side by side may come by in another order each time; each place is still met as often.
 */
export function killingAt(point: string | undefined): Mark {
  const times = new Map<string, number>()
  return place => {
    const time = (times.get(place) ?? 0) + 1
    times.set(place, time)
    const passed = `${place} (${time})`
    say({ point: passed })
    if (passed === point) process.kill(process.pid, 'SIGKILL')
  }
}

/**
 * A store before and after each write of which a process can die. How often a lease is extended, or asked for while it is taken, depends
 * on how busy the machine is. So of a lease there is one point: when it has been claimed.
 */
export function markedStore(store: Store, mark: Mark): Store {
  const marked = async <Result>(what: string, key: string, call: () => Promise<Result>): Promise<Result> => {
    const place = `${what} ${key.replace(/:.*/s, '')}`
    mark(`before ${place}`)
    const result = await call()
    mark(`after ${place}`)
    return result
  }
  return {
    ...store,
    async set(key, value, options = {}) {
      if (!key.startsWith('lease')) return marked('set', key, () => store.set(key, value, options))
      const version = await store.set(key, value, options)
      if (version !== undefined && options.ifAbsent) mark('after set lease')
      return version
    },
    delete: (key, options) => marked('delete', key, () => store.delete(key, options)),
  }
}

/** A fetch before and after each request of which a process can die. */
export function markedFetch(mark: Mark): typeof fetch {
  return async (url, init) => {
    const place = `${init?.method ?? 'GET'} ${new URL(url instanceof Request ? url.url : url).pathname.replace(/(register)\/.*/, '$1/client')}`
    mark(`before ${place}`)
    const response = await fetch(url, init)
    mark(`after ${place}`)
    return response
  }
}
