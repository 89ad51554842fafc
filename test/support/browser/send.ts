import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import type { Page } from '../browser.ts'

/** Sends one request, over a connection of its own. */
export function send(url: URL, options: RequestOptions, body?: string): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    // fetch cannot be used: it overwrites Sec-Fetch-Mode. A connection of its own is never a stale one.
    request(url, { ...options, agent: false, timeout: 30_000 }, resolve)
      .on('timeout', function (this: ReturnType<typeof request>) {
        this.destroy(new Error(`No answer from ${url.href} within 10 seconds.`))
      })
      .on('error', reject)
      .end(body)
  })
}

/** Reads an answer to its end. */
export async function pageOf(url: URL, response: IncomingMessage): Promise<Page> {
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(response.headersDistinct)) {
    for (const value of values) headers.append(name, value)
  }
  return { status: response.statusCode ?? 0, url: url.href, headers, text: await text(response) }
}
