import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

/** One request as the provider received it. */
export interface Recorded {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What an endpoint does with a request. */
export type Answer = (request: Recorded, response: ServerResponse) => void | Promise<void>

/** An OAuth error response, thrown by an endpoint and sent by the router. */
export class Refusal extends Error {
  readonly status: number
  readonly error: string
  readonly headers: OutgoingHttpHeaders

  constructor(status: number, error: string, description: string, headers: OutgoingHttpHeaders = {}) {
    super(description)
    this.status = status
    this.error = error
    this.headers = headers
  }
}

/** Reads a request to its end. */
export async function record(message: IncomingMessage): Promise<Recorded> {
  const { pathname, searchParams } = new URL(message.url ?? '/', 'http://127.0.0.1')
  return {
    method: message.method ?? 'GET',
    path: pathname,
    query: searchParams,
    headers: message.headers,
    body: await text(message),
  }
}

/** The parameters of a request that may come as a query (GET) or as a form (POST). */
export function parametersOf(request: Recorded): URLSearchParams {
  return request.method === 'POST' ? formOf(request) : request.query
}

/** The parameters of a form post. */
export function formOf(request: Recorded): URLSearchParams {
  if (!request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    throw new Refusal(400, 'invalid_request', 'The body must be a form.')
  }
  return new URLSearchParams(request.body)
}

/** The token of an `Authorization: Bearer` or `DPoP` header. Proofs are not looked at. */
export function bearerTokenOf(request: Recorded): string | undefined {
  return /^(?:bearer|dpop) (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers })
  response.end(JSON.stringify(body))
}

export function sendHtml(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
  response.end(`<!doctype html><title>Scripted provider</title>${body}`)
}

export function redirect(response: ServerResponse, status: 302 | 303, location: string): void {
  response.writeHead(status, { location, 'cache-control': 'no-store' })
  response.end()
}
