import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type Answer, redirect, sendHtml, sendJson } from './exchange.ts'

/** Answers with JSON. */
export function json(body: unknown): Answer {
  return (_request, response) => sendJson(response, 200, body)
}

/** Answers with a status and, if given, a JSON body. */
export function status(code: number, jsonBody?: unknown): Answer {
  return (_request, response) => {
    if (jsonBody === undefined) response.writeHead(code).end()
    else sendJson(response, code, jsonBody)
  }
}

/** Answers with a web page, as a proxy in front of a broken provider does. */
export function html(code = 200): Answer {
  return (_request, response) => sendHtml(response, code, '<h1>This is not JSON</h1>')
}

/** Answers with a redirect (302). */
export function redirectTo(url: string): Answer {
  return (_request, response) => redirect(response, 302, url)
}

/** Takes the request and never answers. */
export function hang(): Answer {
  return () => {}
}

/** Answers with one byte every 100 ms, without end. */
export function drip(): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const dripping = setInterval(() => response.write(' '), 100)
    response.once('close', () => clearInterval(dripping))
  }
}

/** Answers with a JSON object of exactly that many bytes, without announcing its length. */
export function huge(bytes: number): Answer {
  return async (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    await untilHangUp(pipeline(Readable.from(filler(bytes)), response), response)
  }
}

/** Answers with some 130 KB of gzip that decode to 128 MiB of JSON. */
export function gzipBomb(): Answer {
  return async (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    await untilHangUp(pipeline(Readable.from(filler(128 * 2 ** 20)), createGzip(), response), response)
  }
}

/** Resets the connection (RST) without an answer. */
export function reset(): Answer {
  return (_request, response) => {
    response.socket?.resetAndDestroy()
  }
}

/** Announces more bytes than it sends, then closes the connection. */
export function truncated(): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
    response.write('{"cut":"off', () => response.socket?.destroy())
  }
}

function* filler(bytes: number): Generator<Buffer> {
  const head = Buffer.from('{"filler":"')
  const tail = Buffer.from('"}')
  const chunk = Buffer.alloc(2 ** 16, 'a')
  yield head
  for (let left = bytes - head.length - tail.length; left > 0; left -= chunk.length) {
    yield chunk.subarray(0, left)
  }
  yield tail
}

async function untilHangUp(sending: Promise<void>, response: ServerResponse): Promise<void> {
  try {
    await sending
  } catch (error) {
    // A client that hangs up is what these answers are for; anything else is a fault of this file.
    if (!response.destroyed) throw error
  }
}
