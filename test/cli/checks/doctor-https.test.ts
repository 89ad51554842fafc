import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
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

const test = base.extend(
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

describe('an app on https', () => {
  test('sends Secure cookies, its own with __Host-', async ({ secureApp }) => {
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

  test('that would send its session cookie without Secure is reported', async ({ secureApp }) => {
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

  test('that sends its session cookie without Secure is reported', async ({ secureApp }) => {
    const ran = await secureApp({ secret: 'test', saveUninitialized: true })
    const insecure = JSON.parse(ran.out).checks.filter(
      (finding: { check: string }) => finding.check === 'cookies',
    )[1]
    expect([ran.code, insecure?.['sentence']]).toEqual([
      1,
      expect.stringContaining('connect.sid without Secure'),
    ])
    expect(insecure?.['fix']).toContain('cookie: { secure: true }')
  })

  test('that is not running still gets the advice', async ({ cli, environment }) => {
    const ran = await cli('doctor --json', {
      environment: { ...environment, BASE_URL: 'https://localhost:1' },
    })
    expect(findingOf(ran, 'session')?.['sentence']).toContain('app.set("trust proxy", 1)')
    expect(findingOf(ran, 'app')?.['sentence']).toContain(' cannot be reached from here (')
    expect(JSON.stringify([findingOf(ran, 'app'), findingOf(ran, 'logout')])).not.toContain('provider')
    expect(statesOf(ran)).toEqual(expect.arrayContaining(['app skipped', 'session skipped']))
  })
})
