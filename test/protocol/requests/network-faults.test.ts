import * as http from 'node:http'
import { describe, onTestFinished, test } from 'vitest'
import type { Fetch } from '../../../src/protocol/requests/bounded-fetch.ts'
import { expectExplained, failureAt } from '../../support/providers/failed-request.ts'
import {
  certify,
  serveHttp,
  serveHttps,
  serveSocket,
  unusedHost,
} from '../../support/providers/tls-servers.ts'

describe('a connection', () => {
  test.each<[string, RegExp, () => Promise<string>]>([
    [
      'over http to a port for https',
      /^the connection was closed before .* check that http or https fits the port/,
      async () => (await serveHttps(await certify({}))).replace('https:', 'http:'),
    ],
    [
      'to an unknown host',
      /^the host name (was not found|could not be looked up); check .*DNS/,
      async () => 'https://no-such-host.invalid',
    ],
    [
      'that is refused',
      /^the connection was refused; check the address and port/,
      async () => `http://${await unusedHost()}`,
    ],
    [
      'that is reset',
      /^the connection was reset; check the port, and the firewalls/,
      async () => `http://${await serveSocket(socket => socket.resetAndDestroy())}`,
    ],
    [
      'that ends within the answer',
      /^the connection was closed before the answer was complete/,
      async () =>
        `http://${await serveSocket(socket => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{'))}`,
    ],
    [
      'whose headers are too large',
      /^the answer's headers are too large; .* --max-http-header-size/,
      async () =>
        `http://${await serveSocket(socket => socket.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(99_999)}\r\n\r\n`))}`,
    ],
    [
      'that does not speak HTTP, and echoes what it gets',
      /^the answer is not HTTP; check that the port/,
      async () => `http://${await serveSocket(socket => socket.end('SSH-2.0 hush-secret\r\n'))}`,
    ],
    [
      'to a blocked port',
      /^fetch blocks this port; serve the provider on another/,
      async () => 'http://127.0.0.1:6000',
    ],
  ])('%s', async (_, sentence, serve) => {
    expectExplained(await failureAt(await serve()), sentence)
  })
})

/** Sends requests by undici's own agent with other time limits. The class is that of Node's default dispatcher. */
function fetchWith(limits: object): Fetch {
  return (url, init) => {
    const dispatcher: object = Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1'))
    return fetch(url, { ...init, ...{ dispatcher: Reflect.construct(dispatcher.constructor, [limits]) } })
  }
}

describe('a time limit', () => {
  test.each<[string, RegExp, object, string]>([
    [
      'for the headers',
      /^the answer did not arrive in time; check the provider's load/,
      { headersTimeout: 50 },
      '',
    ],
    [
      'for the body',
      /^the answer did not arrive in time; check the provider's load/,
      { bodyTimeout: 50 },
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{',
    ],
  ])('%s', async (_, sentence, limits, sent) => {
    await fetch(`http://${await serveHttp()}`) // Node makes the default dispatcher for its first request
    const origin = `http://${await serveSocket(socket => socket.write(sent))}`
    expectExplained(await failureAt(origin, fetchWith(limits)), sentence)
  })
})

describe('a proxy', () => {
  type UseProxy = (environment: { readonly https_proxy: string }) => () => void
  const useProxy: UseProxy = Reflect.get(http, 'setGlobalProxyFromEnv') // newer than its types

  test.each<[string, RegExp, () => Promise<string>]>([
    [
      'that wants other credentials',
      /^the request was broken off, as when a proxy refuses it; check HTTPS_PROXY/,
      () => serveSocket(socket => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')),
    ],
    ['that is down', /^the connection was refused; check the address and port/, unusedHost],
  ])('%s', async (_, sentence, serve) => {
    const restore = useProxy({ https_proxy: `http://shop:hush-proxy@${await serve()}` })
    onTestFinished(restore)
    expectExplained(await failureAt('https://op.example'), sentence)
  })
})
