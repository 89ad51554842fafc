import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import express, { type Response } from 'express'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { stream } from '../../examples/live/src/stream.ts'

type Arguments = Parameters<typeof stream>

/** More than the system keeps for a client that reads nothing. */
const events = [{ text: 'x'.repeat(16_000_000) }]

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] }))
afterEach(() => void vi.useRealTimers())

/** A browser that has opened the stream of a user, and reads nothing. */
async function openStalled(login: AbortController, listeners: Set<() => void>) {
  const seen: Response[] = []
  const authenticate = async () => ({ user: { sub: 'alice' }, loginId: 'a', signal: login.signal })
  const rp = { authenticate, sessions: { of: async () => [] } }
  const onChange = (listener: () => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  const library = { state: () => ({ events }), onChange }
  const app = express().get(
    '/',
    (_req, res, next) => {
      seen.push(res)
      next()
    },
    stream(...([rp, library] as unknown as Arguments)),
  )
  const server = app.listen(0)
  await once(server, 'listening')
  const socket: Socket = connect((server.address() as AddressInfo).port).pause()
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await expect.poll(() => seen[0]?.writableNeedDrain).toBe(true)
  const [res = expect.unreachable()] = seen
  return {
    res,
    socket,
    close: () => {
      socket.destroy()
      server.close()
    },
  }
}

test('a browser that does not read keeps neither memory nor its connection, and crashes nothing', async () => {
  const login = new AbortController()
  const listeners = new Set<() => void>()
  const change = (): void => {
    for (const listener of listeners) listener()
  }
  const { res, close } = await openStalled(login, listeners)
  const waiting = res.writableLength
  for (let times = 0; times < 3; times++) change()
  await new Promise(setImmediate)
  expect(res.writableLength).toBeLessThanOrEqual(waiting)

  login.abort()
  expect(listeners.size).toBe(1)
  vi.advanceTimersByTime(2_000)
  change()
  await expect.poll(() => res.closed).toBe(true)
  expect([...listeners]).toEqual([])
  close()
})

test('a browser that reads again gets what it has missed, as it is then, and once', async () => {
  const listeners = new Set<() => void>()
  const { res, socket, close } = await openStalled(new AbortController(), listeners)
  for (let times = 0; times < 3; times++) for (const listener of listeners) listener()
  await new Promise(setImmediate)
  let messages = 0
  socket.on('data', data => {
    messages += data.toString().split('data: ').length - 1
  })
  socket.resume()
  await expect.poll(() => messages).toBe(2)
  await expect.poll(() => res.writableLength).toBe(0)
  await new Promise(resolve => setImmediate(resolve))
  expect(messages).toBe(2)
  close()
})
