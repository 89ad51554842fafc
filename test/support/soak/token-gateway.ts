import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Exchanges } from './exchanges.ts'

/** What stands in front of the token endpoint of a provider. */
export interface TokenGateway {
  readonly tokenEndpoint: string
  readonly close: () => Promise<void>
}

/** Passes on what is asked of a token endpoint and what it answers, and counts or holds it on the way. */
export async function startTokenGateway(behind: string, exchanges: Exchanges): Promise<TokenGateway> {
  const seen = new Set<string>()
  const server = createServer((request, response) => {
    passOn(behind, watchGrants(exchanges, seen), request, response).catch(error =>
      response.writeHead(502).end(String(error)),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    tokenEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** One exchange on its way. */
interface WatchedExchange {
  readonly arrive: () => Promise<void>
  readonly answer: () => Promise<void>
  readonly note: (begun: number, error: string | undefined) => void
}

async function passOn(
  behind: string,
  watch: (body: string) => WatchedExchange,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const begun = performance.now()
  const body = await text(request)
  const exchange = watch(body)
  await exchange.arrive()
  const { authorization, 'content-type': type = '' } = request.headers
  const headers = { 'content-type': type, ...(authorization === undefined ? {} : { authorization }) }
  const answer = await fetch(behind, { method: 'POST', headers, body })
  const answered = await answer.text()
  await exchange.answer()
  response
    .writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    .end(answered)
  exchange.note(begun, (JSON.parse(answered) as { readonly error?: string }).error)
}

/**
 * What comes a second time, after a refusal, is not held again. The code of a probe is a UUID: nobody signs in by it, so it
 * is not counted either.
 */
function watchGrants(exchanges: Exchanges, seen: Set<string>): Parameters<typeof passOn>[1] {
  const pass = async (): Promise<void> => undefined
  return body => {
    const form = new URLSearchParams(body)
    const kind = form.has('refresh_token') ? 'refresh' : 'code'
    const grant = form.get('refresh_token') ?? form.get('code') ?? ''
    if (/^[0-9a-f]{8}-[0-9a-f]{4}-/.test(grant)) return { arrive: pass, answer: pass, note: () => undefined }
    const note = (begun: number, error: string | undefined): void => exchanges.note(kind, begun, error)
    if (seen.has(grant)) return { arrive: pass, answer: pass, note }
    seen.add(grant)
    return { arrive: () => exchanges.arrive(kind), answer: () => exchanges.answer(kind), note }
  }
}
