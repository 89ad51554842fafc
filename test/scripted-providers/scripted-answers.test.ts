import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type Answer,
  drip,
  gzipBomb,
  hang,
  html,
  huge,
  json,
  redirectTo,
  reset,
  type ScriptedProvider,
  scriptedProvider,
  status,
  truncated,
} from '../support/scripted-provider.ts'

let provider: ScriptedProvider

beforeEach(async () => {
  provider = await scriptedProvider()
})

afterEach(() => provider.close())

function fetchAnswer(answer: Answer, options: RequestInit = {}): Promise<Response> {
  provider.answer('jwks', answer)
  return fetch(`${provider.issuer}/jwks`, { redirect: 'manual', ...options })
}

async function lengthOf(body: AsyncIterable<Uint8Array> | null): Promise<number> {
  let length = 0
  for await (const chunk of body ?? []) length += chunk.length
  return length
}

/** The answer, and whether it is over. */
function watched(answer: Answer) {
  const state = { stopped: false }
  const watching: Answer = async (request, response) => {
    await answer(request, response)
    state.stopped = true
  }
  return { state, watching }
}

test('json answers with a body', async () => {
  const response = await fetchAnswer(json({ keys: [] }))
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(await response.json()).toEqual({ keys: [] })
})

test('status answers with a code and perhaps a body', async () => {
  const empty = await fetchAnswer(status(503))
  expect([empty.status, await empty.text()]).toEqual([503, ''])
  const full = await fetchAnswer(status(400, { error: 'invalid_grant' }))
  expect([full.status, await full.json()]).toEqual([400, { error: 'invalid_grant' }])
})

test('html answers with a page', async () => {
  const response = await fetchAnswer(html(502))
  expect([response.status, response.headers.get('content-type')]).toEqual([502, 'text/html; charset=utf-8'])
  expect(await response.text()).toMatch(/^<!doctype html>/)
})

test('redirectTo answers with a redirect', async () => {
  const response = await fetchAnswer(redirectTo('http://127.0.0.1/elsewhere'))
  expect([response.status, response.headers.get('location')]).toEqual([302, 'http://127.0.0.1/elsewhere'])
})

test('hang takes the request and never answers', async () => {
  const response = fetchAnswer(hang(), { signal: AbortSignal.timeout(300) })
  await expect(response).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(provider.requestsTo('jwks')).toHaveLength(1)
})

test('drip sends a byte now and then, without end', async () => {
  const response = await fetchAnswer(drip(), { signal: AbortSignal.timeout(1000) })
  const sizes: number[] = []
  const reading = async () => {
    for await (const chunk of response.body ?? []) sizes.push(chunk.length)
  }
  await expect(reading()).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(sizes.length).toBeGreaterThan(2)
  expect(new Set(sizes)).toEqual(new Set([1]))
})

test('huge sends exactly that much JSON', async () => {
  const response = await fetchAnswer(huge(200_000))
  expect(response.headers.has('content-length')).toBe(false)
  const body = await response.text()
  expect(body).toHaveLength(200_000)
  expect(Object.keys(JSON.parse(body))).toEqual(['filler'])
  expect(await lengthOf((await fetchAnswer(huge(50_000_000))).body)).toBe(50_000_000)
})

test('huge stops when the client hangs up', async () => {
  const { state, watching } = watched(huge(1e15))
  const response = await fetchAnswer(watching)
  expect(state.stopped).toBe(false)
  await response.body?.cancel()
  await expect.poll(() => state.stopped).toBe(true)
})

test('gzipBomb is small on the wire and large when decoded', async () => {
  const decoded = await fetchAnswer(gzipBomb())
  expect(await lengthOf(decoded.body)).toBe(128 * 2 ** 20)
  const raw = await new Promise<IncomingMessage>(resolve => get(`${provider.issuer}/jwks`, resolve))
  expect(await lengthOf(raw)).toBeLessThan(200_000)
})

test('reset resets the connection', async () => {
  await expect(fetchAnswer(reset())).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
})

test('truncated ends before its content-length', async () => {
  const response = await fetchAnswer(truncated())
  expect(response.status).toBe(200)
  await expect(response.text()).rejects.toThrow('terminated')
})

test('a fault in an answer is a server error that says what happened', async () => {
  const response = await fetchAnswer(() => {
    throw new Error('fault in the test')
  })
  expect([response.status, await response.text()]).toEqual([
    500,
    expect.stringContaining('fault in the test'),
  ])
})

test('an answer that comes after the client has left is dropped', async () => {
  const gone = new AbortController()
  let late = false
  const response = fetchAnswer(
    async (request, response) => {
      gone.abort()
      await once(response, 'close')
      await json({})(request, response)
      late = true
    },
    { signal: gone.signal },
  )
  await expect(response).rejects.toMatchObject({ name: 'AbortError' })
  await expect.poll(() => late).toBe(true)
})

test('a client that leaves while it sends does no harm', async () => {
  const { port } = new URL(provider.issuer)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write('POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf')
  await setTimeout(50)
  socket.destroy()
  expect((await fetch(`${provider.issuer}/jwks`)).status).toBe(200)
  expect(provider.requestsTo('token')).toHaveLength(0)
})
