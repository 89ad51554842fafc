import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SessionOptions } from 'express-session'
import { generate } from 'selfsigned'
import { describe, expect } from 'vitest'
import { test as base } from '../../support/cli/cli.ts'
import { findingOf, type Ran, spawnCommand } from '../../support/cli/command-line.ts'
import { type ProxyOptions, startProxy } from '../../support/cli/proxy.ts'

interface Setup {
  readonly cookie: SessionOptions['cookie']
  readonly trusts: boolean
  readonly proxy?: ProxyOptions
}

/** A test that runs `doctor` on an app behind a proxy that ends TLS. */
const test = base.extend('examine', ({ start, directory, folder, environment, onTestFinished }) => {
  return async ({ cookie, trusts, proxy: proxying }: Setup): Promise<Ran> => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    })
    const ca = join(folder, 'ca.pem')
    await writeFile(ca, cert)
    const proxy = await startProxy({ ...proxying, tls: { key, cert } })
    onTestFinished(() => proxy.close())
    const app = await start({
      directory,
      relyingParty: { baseUrl: proxy.url },
      session: { ...(cookie && { cookie }) },
      before: routes => void routes.set('trust proxy', trusts ? 1 : false),
    })
    await app.rp.ready()
    proxy.pointTo(app.url)
    const more = { BASE_URL: proxy.url, NODE_EXTRA_CA_CERTS: ca }
    return spawnCommand(['doctor', '--json'], { ...environment, ...more }, folder)
  }
})

const says = { headers: { 'x-forwarded-proto': 'https' } }

describe('behind a proxy that ends TLS', () => {
  test('an app that trusts it, with a Secure cookie, passes', async ({ examine }) => {
    const ran = await examine({ cookie: { secure: true }, trusts: true, proxy: says })
    expect([ran.code, findingOf(ran, 'proxy'), findingOf(ran, 'session')]).toMatchObject([
      0,
      { state: 'passed', sentence: 'Express trusts the proxy, which says that browsers use https.' },
      { state: 'passed' },
    ])
  })

  test.for([
    [
      'an app that does not trust it',
      { trusts: false, proxy: says },
      'does not trust it',
      "Set app.set('trust proxy', 1)",
    ],
    [
      'a proxy that does not say https',
      { trusts: true },
      'does not send X-Forwarded-Proto',
      'X-Forwarded-Proto',
    ],
  ] as const)('%s loses its sessions, and doctor says so', async ([, setup, sentence, fix], { examine }) => {
    const ran = await examine({ cookie: { secure: true }, ...setup })
    expect([ran.code, findingOf(ran, 'proxy'), findingOf(ran, 'session')]).toMatchObject([
      1,
      {
        state: 'warning',
        sentence: expect.stringContaining(sentence),
        fix: expect.stringContaining('trust proxy'),
      },
      { state: 'failed', fix: expect.stringContaining(fix) },
    ])
  })

  test("an app with cookie.secure: 'auto' that does not trust it sends an insecure cookie", async ({
    examine,
  }) => {
    const ran = await examine({ cookie: { secure: 'auto' }, trusts: false, proxy: says })
    expect([ran.code, findingOf(ran, 'session')]).toMatchObject([
      1,
      { state: 'failed', sentence: expect.stringContaining('without Secure over https') },
    ])
  })
})

describe('the path of baseUrl', () => {
  const pathTest = base.extend('examineAt', ({ cli, environment, start, directory, onTestFinished }) => {
    return async (path: string, changePath: (path: string) => string, mount: string): Promise<Ran> => {
      const proxy = await startProxy({ changePath })
      onTestFinished(() => proxy.close())
      const app = await start({ directory, relyingParty: { baseUrl: proxy.url + path } })
      await app.rp.ready()
      proxy.pointTo(app.url + mount)
      return cli('doctor --json', { environment: { ...environment, BASE_URL: proxy.url + path } })
    }
  })

  pathTest('that a proxy takes away before it passes requests on is no problem', async ({ examineAt }) => {
    const ran = await examineAt('/shop', path => path.replace('/shop', ''), '')
    expect([ran.code, findingOf(ran, 'host')?.['state']]).toEqual([0, 'passed'])
  })

  pathTest('under which the app does not answer is reported, with where it does', async ({ examineAt }) => {
    const ran = await examineAt('/shop', path => path, '')
    expect([ran.code, findingOf(ran, 'host')]).toMatchObject([
      1,
      {
        state: 'failed',
        sentence: expect.stringMatching(/^The app answers at .*\/callback, but not below the path \/shop/),
        fix: expect.stringContaining("app.use('/shop'"),
      },
    ])
  })

  pathTest('that is missing, although the app is mounted below one, is reported', async ({ examineAt }) => {
    const ran = await examineAt('', path => path, '/elsewhere')
    expect([ran.code, findingOf(ran, 'host')]).toMatchObject([
      1,
      { state: 'failed', fix: expect.stringContaining('the path under which it is mounted') },
    ])
  })
})
