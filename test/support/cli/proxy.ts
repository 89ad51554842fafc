import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** What a proxy does besides passing requests on. */
export interface ProxyOptions {
  /** Ends TLS with this certificate. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Headers that it adds to requests. */
  readonly headers?: Readonly<Record<string, string>>
  /** Changes each `Set-Cookie` of an answer; `undefined` removes it. */
  readonly changeCookie?: (header: string) => string | undefined
  /** Changes the path of a request. */
  readonly changePath?: (path: string) => string
}

/** A proxy on this machine. */
export interface RunningProxy {
  readonly url: string
  /** Where requests go from now on; in turn, if there are several. */
  readonly pointTo: (...targets: string[]) => void
  readonly close: () => Promise<void>
}

/** Starts a proxy as people run it in front of an app. */
export async function startProxy(options: ProxyOptions = {}): Promise<RunningProxy> {
  const { headers = {}, changeCookie = header => header, changePath = path => path } = options
  let targets: readonly string[] = []
  let passed = 0
  const pass = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const target = targets[passed++ % targets.length]
    if (target === undefined) return void res.writeHead(502).end()
    const { accept = '*/*', cookie = '', 'oidc-doctor': doctor = '' } = req.headers
    const sent = {
      accept,
      ...(cookie && { cookie }),
      ...(doctor && { 'oidc-doctor': String(doctor) }),
      ...headers,
    }
    const { method = 'GET' } = req
    const answer = await fetch(target + changePath(req.url ?? '/'), {
      method,
      headers: sent,
      redirect: 'manual',
      ...(method === 'POST' && { body: await new Response(req as unknown as ReadableStream).text() }),
    })
    const cookies = answer.headers.getSetCookie().flatMap(header => changeCookie(header) ?? [])
    const location = answer.headers.get('location')
    const type = answer.headers.get('content-type')
    res.writeHead(answer.status, {
      'set-cookie': cookies,
      ...(location !== null && { location }),
      ...(type !== null && { 'content-type': type }),
    })
    res.end(await answer.text())
  }
  const listener = (req: IncomingMessage, res: ServerResponse): void => void pass(req, res)
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener)
  server.listen(0, 'localhost')
  await once(server, 'listening')
  return {
    url: `${options.tls ? 'https' : 'http'}://localhost:${(server.address() as AddressInfo).port}`,
    pointTo: (...urls) => {
      targets = urls
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
