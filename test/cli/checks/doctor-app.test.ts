import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect } from 'vitest'
import { test as base } from '../../support/cli/cli.ts'
import { findingOf, type Ran, statesOf } from '../../support/cli/command-line.ts'
import { startProxy } from '../../support/cli/proxy.ts'

type Listener = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>
type Serve = (listener: Listener) => Promise<string>

const test = base
  .extend('serve', ({ onTestFinished }): Serve => {
    return async listener => {
      const server = createServer((req, res) => void listener(req, res)).listen(0, 'localhost')
      await once(server, 'listening')
      onTestFinished(() => void server.close())
      return `http://localhost:${(server.address() as AddressInfo).port}`
    }
  })
  .extend('examine', ({ cli, environment }) => {
    return (baseUrl: string): Promise<Ran> =>
      cli('doctor --json', { environment: { ...environment, BASE_URL: baseUrl } })
  })

describe('an app on http', () => {
  test('that leads to the provider and back passes', async ({ start, directory, examine }) => {
    const app = await start({ directory })
    await app.rp.ready()
    const ran = await examine(app.url)
    expect([ran.code, statesOf(ran)]).toEqual([
      0,
      expect.arrayContaining([
        'host passed',
        'app passed',
        'cookies passed',
        'proxy passed',
        'session passed',
        'client passed',
      ]),
    ])
    expect(findingOf(ran, 'session')?.['sentence']).toBe(
      'The session cookie connect.sid reaches browsers and comes back.',
    )
  })

  test('with another redirect URI is reported', async ({ start, directory, examine }) => {
    const app = await start({ directory, relyingParty: { baseUrl: 'http://localhost:4998' } })
    await app.rp.ready()
    expect(findingOf(await examine(app.url), 'app')).toMatchObject({
      state: 'failed',
      sentence: expect.stringContaining('uses the redirect URI http://localhost:4998/callback'),
      fix: expect.stringContaining('BASE_URL'),
    })
  })

  test('that pushes its requests passes', async ({ provider, start, directory, examine }) => {
    provider.metadata['pushed_authorization_request_endpoint'] = `${provider.issuer}/pushed`
    const app = await start({ directory, relyingParty: { pushedAuthorizationRequests: true } })
    await app.rp.ready()
    const ran = await examine(app.url)
    expect([ran.code, statesOf(ran)]).toEqual([0, expect.arrayContaining(['app passed', 'cookies passed'])])
    expect(findingOf(ran, 'app')?.['sentence']).toContain('Its redirect URI cannot be seen from here')
  })

  test('that pushes its requests with another client is reported', async ({
    provider,
    start,
    examine,
    cli,
  }) => {
    provider.metadata['pushed_authorization_request_endpoint'] = `${provider.issuer}/pushed`
    await cli('client register')
    const app = await start({ relyingParty: { pushedAuthorizationRequests: true } })
    await app.rp.ready()
    const { sentence, state } = findingsOf(await examine(app.url), 'app')[1] ?? {}
    expect([state, sentence]).toEqual(['warning', expect.stringContaining('the app has another store')])
  })

  test('with another store is reported', async ({ start, examine, cli }) => {
    await cli('client register')
    const app = await start()
    await app.rp.ready()
    const { sentence, state } = findingsOf(await examine(app.url), 'app')[1] ?? {}
    expect([state, sentence]).toEqual(['warning', expect.stringContaining('the app has another store')])
  })

  test('without a session is reported with its error code', async ({ start, directory, examine }) => {
    const app = await start({ directory, session: false })
    await app.rp.ready()
    expect(findingOf(await examine(app.url), 'app')).toMatchObject({
      state: 'failed',
      sentence: expect.stringContaining('HTTP 500 (ERR_OIDC_SESSION_MISSING)'),
      fix: expect.stringContaining('docs/errors.md'),
    })
  })

  test.for([
    ['without the middleware', 404, {}, 'requests do not reach this app', 'relyingParty('],
    ['behind a proxy that does not find it', 502, {}, 'answers HTTP 502', 'knows where'],
    [
      'behind a redirect to another address',
      301,
      { location: 'https://www.app.example/callback' },
      'redirects to https://www.app.example/callback',
      'BASE_URL',
    ],
  ] as const)('%s is reported', async ([, code, headers, sentence, fix], { serve, examine }) => {
    const url = await serve((_req, res) => void res.writeHead(code, headers).end())
    const ran = await examine(url)
    expect([ran.code, findingOf(ran, 'host')]).toMatchObject([
      1,
      { state: 'failed', sentence: expect.stringContaining(sentence), fix: expect.stringContaining(fix) },
    ])
    expect(statesOf(ran)).toContain('app skipped')
  })

  test('whose proxy drops its cookies is reported', async ({ start, directory, onTestFinished, examine }) => {
    const proxy = await startProxy({ changeCookie: () => undefined })
    onTestFinished(() => proxy.close())
    const app = await start({ directory, relyingParty: { baseUrl: proxy.url } })
    await app.rp.ready()
    proxy.pointTo(app.url)
    expect(findingOf(await examine(proxy.url), 'cookies')).toMatchObject({
      state: 'failed',
      sentence: expect.stringContaining('no cookie oidc.'),
      fix: expect.stringContaining('Set-Cookie'),
    })
  })
})

function findingsOf({ out }: Ran, check: string): Record<string, string>[] {
  return JSON.parse(out).checks.filter((finding: { check: string }) => finding.check === check)
}
