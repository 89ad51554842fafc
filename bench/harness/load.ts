import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { LONGEST_ANSWER } from './numbers.ts'
import type { RunningApp } from './processes.ts'
import type { Visitor } from './visitor.ts'

/** Does the work once for each number, a few at a time, and returns the results in order. */
export async function inParallel<Result>(
  count: number,
  atOnce: number,
  work: (number: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  const proceed = async (): Promise<void> => {
    while (next < count) {
      const number = next++
      results[number] = await work(number)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, proceed))
  return results
}

/** The app's CPU time for each of some pieces of work, in microseconds. */
export async function cpuOf(app: RunningApp, count: number, work: () => Promise<unknown>): Promise<number> {
  const before = await app.ask('cpu')
  await work()
  return ((await app.ask('cpu')) - before) / count
}

/** Signs new users in, and returns them. */
export function signInMany(app: RunningApp, count: number): Promise<Visitor[]> {
  return inParallel(count, 4, number => app.signIn(`user-${number}`))
}

/** Opens a page again and again over connections that stay open, and fails unless each answer is what is expected. */
export async function openOften(
  app: RunningApp,
  { path, cookie, count, expected }: { path: string; cookie: string; count: number; expected: string },
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 10 })
  const url = new URL(path, app.baseUrl)
  await inParallel(count, 10, async () => {
    const answer = await get(url, agent, cookie)
    if (answer !== expected) throw new Error(`${app.peer.name} answered ${path} with ${answer.slice(0, 300)}`)
  })
  agent.destroy()
}

async function get(url: URL, agent: Agent, cookie: string): Promise<string> {
  const signal = AbortSignal.timeout(LONGEST_ANSWER)
  const sent = request(url, { agent, headers: { cookie }, signal }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return text(response)
}
