import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Linux and macOS give outgoing connections ports above these, so none of them is taken by a connection a moment later.
 * `fetch` and browsers open no page at port 10080, the last of those that the Fetch Standard blocks (§2.9).
 */
const PORTS = { first: 10_081, last: 32_000 }

/** A port that nothing listens on. With `adjacent`, it is the first of so many. */
export async function freePort(adjacent = 1): Promise<number> {
  for (let tried = 0; tried < 1_000; tried++) {
    const port = randomInt(PORTS.first, PORTS.last)
    const run = Array.from({ length: adjacent }, (_, index) => port + index)
    if ((await Promise.all(run.map(isFree))).every(Boolean)) return port
  }
  throw new Error(`There are no ${adjacent} adjacent free ports.`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const isBound = await new Promise<boolean>(resolve => {
    server.once('error', () => resolve(false)).listen(port, () => resolve(true))
  })
  if (isBound) await once(server.close(), 'close')
  return isBound
}
