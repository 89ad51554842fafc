// The process of one app: `node --expose-gc server.js APP PORT SETTINGS`. It answers what its parent asks for with a number.
import { writeFile } from 'node:fs/promises'
import type { Session } from 'node:inspector/promises'
import { setTimeout as pause } from 'node:timers/promises'
import express from 'express'
import type { Mount, Settings } from './app.ts'

const [name, port, settings = '{}'] = process.argv.slice(2)
const app = express()
const { mount } = (await import(`./${name}.js`)) as { readonly mount: Mount }
await mount(app, JSON.parse(settings) as Settings)
app.listen(Number(port), '127.0.0.1', () => process.send?.(0))

let profiler: Session | undefined

const answers = {
  /** Microseconds of CPU since the process started. */
  cpu(): number {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  /**
   * Bytes on the heap that are in use. What waits for a finalizer, as each response of `fetch` does, goes only after a pause, and
   * compiled code that is not used any more after several collections.
   */
  async heap(): Promise<number> {
    for (let count = 0; count < 15; count += 1) {
      globalThis.gc?.()
      await pause(50)
    }
    return process.memoryUsage().heapUsed
  },
  /** Starts a profile, or ends it and writes it into a file that is named after the process. */
  async profile(): Promise<number> {
    if (!profiler) {
      const inspector = await import('node:inspector/promises')
      profiler = new inspector.Session()
      profiler.connect()
      await profiler.post('Profiler.enable')
      await profiler.post('Profiler.setSamplingInterval', { interval: 200 })
      await profiler.post('Profiler.start')
    } else {
      const { profile } = await profiler.post('Profiler.stop')
      await writeFile(`${import.meta.dirname}/${process.pid}.cpuprofile`, JSON.stringify(profile))
    }
    return process.pid
  },
  /** Bytes of memory of the whole process. */
  rss: (): number => process.memoryUsage.rss(),
}

export type Question = keyof typeof answers

const answer = async (question: Question): Promise<unknown> => process.send?.(await answers[question]())

process.on('message', (question: Question) => void answer(question))
