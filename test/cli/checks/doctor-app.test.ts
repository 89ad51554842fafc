import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import session from 'express-session'
import { generate } from 'selfsigned'
import { describe, expect } from 'vitest'
import { embeddedStore, relyingParty } from '../../../src/index.ts'
import { test as base } from '../../support/cli/cli.ts'
import { findingOf, type Ran, spawnCommand, statesOf } from '../../support/cli/command-line.ts'

type Listener = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>
type Serve = (listener: Listener) => Promise<string>

const test = base
  .extend('serve', ({ onTestFinished }): Serve => {
    return async listener => {
      const server = createHttpServer((req, res) => void listener(req, res)).listen(0, 'localhost')
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

  test('whose proxy drops its cookies is reported', async ({ start, directory, serve, examine }) => {
    let target = ''
    const proxy = await serve(async (req, res) => {
      const answer = await fetch(target + req.url, { redirect: 'manual' })
      res.writeHead(answer.status, { location: answer.headers.get('location') ?? '' }).end()
    })
    const app = await start({ directory, relyingParty: { baseUrl: proxy } })
    await app.rp.ready()
    target = app.url
    expect(findingOf(await examine(proxy), 'cookies')).toMatchObject({
      state: 'failed',
      sentence: expect.stringContaining('no cookie oidc.'),
      fix: expect.stringContaining('Set-Cookie'),
    })
  })
})

describe('an app on https', () => {
  const httpsTest = test.extend(
    'secureApp',
    async ({ provider, directory, folder, environment, onTestFinished }) => {
      const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
        extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
      })
      const ca = join(folder, 'ca.pem')
      await writeFile(ca, cert)
      return async (options: Parameters<typeof session>[0]): Promise<Ran> => {
        const app = express()
        const server = createServer({ key, cert }, app).listen(0, 'localhost')
        await once(server, 'listening')
        const baseUrl = `https://localhost:${(server.address() as AddressInfo).port}`
        const rp = relyingParty({
          issuer: provider.issuer,
          baseUrl,
          store: embeddedStore(directory),
          log: false,
        })
        onTestFinished(() => rp.close().finally(() => server.close()))
        app.use(session({ secret: 'test', resave: false, saveUninitialized: false, ...options }), rp)
        await rp.ready()
        return spawnCommand(
          ['doctor', '--json'],
          { ...environment, BASE_URL: baseUrl, NODE_EXTRA_CA_CERTS: ca },
          folder,
        )
      }
    },
  )

  httpsTest('sends Secure cookies, its own with __Host-', async ({ secureApp }) => {
    const ran = await secureApp({ secret: 'test', cookie: { secure: true } })
    expect([ran.code, statesOf(ran)]).toEqual([
      0,
      expect.arrayContaining([
        'host passed',
        'app passed',
        'cookies passed',
        'proxy passed',
        'session passed',
      ]),
    ])
    expect(findingOf(ran, 'cookies')?.['sentence']).toContain('__Host-')
    expect(findingOf(ran, 'proxy')?.['sentence']).toBe('The request arrived by https.')
  })

  httpsTest('that would send its session cookie without Secure is reported', async ({ secureApp }) => {
    const ran = await secureApp({ secret: 'test' })
    expect([ran.code, findingOf(ran, 'session')]).toMatchObject([
      1,
      {
        state: 'failed',
        sentence: 'The app sends the cookie connect.sid without Secure over https.',
        fix: expect.stringContaining('app.set("trust proxy", 1)'),
      },
    ])
  })

  httpsTest('that sends its session cookie without Secure is reported', async ({ secureApp }) => {
    const ran = await secureApp({ secret: 'test', saveUninitialized: true })
    const insecure = findingsOf(ran, 'cookies')[1]
    expect([ran.code, insecure?.['sentence']]).toEqual([
      1,
      expect.stringContaining('connect.sid without Secure'),
    ])
    expect(insecure?.['fix']).toContain('cookie: { secure: true }')
  })

  httpsTest('that is not running still gets the advice', async ({ examine }) => {
    const ran = await examine('https://localhost:1')
    expect(findingOf(ran, 'session')?.['sentence']).toContain('app.set("trust proxy", 1)')
    expect(statesOf(ran)).toEqual(expect.arrayContaining(['app skipped', 'session skipped']))
  })
})

function findingsOf({ out }: Ran, check: string): Record<string, string>[] {
  return JSON.parse(out).checks.filter((finding: { check: string }) => finding.check === check)
}
