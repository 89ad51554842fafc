import { writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect, onTestFinished } from 'vitest'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { TestApp } from '../../support/app.ts'
import { test as base } from '../../support/cli/cli.ts'
import { findingOf, type Ran } from '../../support/cli/command-line.ts'
import { freePort } from '../../support/processes/free-port.ts'
import { addClient } from '../../support/providers/by-hand.ts'

const routes = { jwks: '/jwks.json' } as const

const test = base
  .extend('serving', ({ start, directory }) => {
    return async (port = 0, options: RelyingPartyOptions = {}): Promise<TestApp> => {
      const app = await start({
        directory,
        port,
        relyingParty: { routes, ...options } as RelyingPartyOptions,
      })
      await app.rp.ready()
      return app
    }
  })
  .extend('examine', ({ cli, environment, folder }) => {
    return async (baseUrl: string, options: object = { routes }): Promise<Ran> => {
      await writeFile(join(folder, 'served.mjs'), `export default ${JSON.stringify(options)}`)
      const at = { environment: { ...environment, BASE_URL: baseUrl } }
      return cli('doctor --json --config served.mjs', at)
    }
  })

/** What answers at the address of an app that has stopped. */
async function answerAt(port: number, answer: RequestListener): Promise<void> {
  const server = createServer(answer).listen(port, 'localhost')
  onTestFinished(() => server.close().closeAllConnections())
  await new Promise(resolve => server.once('listening', resolve))
}

const portOf = ({ url }: TestApp): number => Number(new URL(url).port)
const keysOf = async ({ url }: TestApp): Promise<object[]> =>
  ((await (await fetch(`${url}/jwks.json`)).json()) as { keys: object[] }).keys

describe('the keys that an app serves', () => {
  test('pass, those of a rotation that has begun too', async ({ serving, examine }) => {
    const app = await serving()
    const [key] = (await keysOf(app)) as { kid?: string }[]
    expect(findingOf(await examine(app.url), 'keys')).toMatchObject({
      state: 'passed',
      sentence: `The provider finds the key ${key?.kid} of this app at ${app.url}/jwks.json.`,
    })
    await app.rp.rotate()
    const found = findingOf(await examine(app.url), 'keys')
    expect(found).toMatchObject({ state: 'passed', sentence: expect.stringContaining('the keys ') })
  })

  test('are not looked for unless they are served', async ({ start, directory, examine }) => {
    const app = await start({ directory })
    await app.rp.ready()
    expect(findingOf(await examine(app.url, {}), 'keys')).toBeUndefined()
  })

  test.for([
    ['something else answers', 404, () => 'not found', 'answers HTTP 404'],
    ['a page answers', 200, () => '<p>Sign in</p>', 'answers HTTP 200 without a key set'],
    ['the keys come with an error', 500, (keys: object[]) => JSON.stringify({ keys }), 'answers HTTP 500'],
    ['the set is empty', 200, () => '{"keys":[]}', 'does not serve the key'],
    [
      'the key has the kid of this app and is another one',
      200,
      ([key]: object[]) => JSON.stringify({ keys: [{ ...key, n: 'AQAB', x: 'AQAB' }] }),
      'does not serve the key',
    ],
    [
      'one is private',
      200,
      ([key]: object[]) => JSON.stringify({ keys: [{ ...key, d: 'canary' }] }),
      'serves a private or a symmetric key',
    ],
    [
      'one is symmetric',
      200,
      ([key]: object[]) => JSON.stringify({ keys: [key, { kty: 'oct', k: 'canary' }] }),
      'serves a private or a symmetric key',
    ],
  ] as const)('fail if %s', async ([, status, textOf, said], { serving, examine }) => {
    const app = await serving()
    const keys = await keysOf(app)
    expect(findingOf(await examine(app.url), 'keys')?.['state']).toBe('passed')
    await app.close()
    await answerAt(portOf(app), (_req, res) => void res.writeHead(status).end(textOf(keys)))
    const ran = await examine(app.url)
    expect(findingOf(ran, 'keys')).toMatchObject({
      state: 'failed',
      sentence: expect.stringContaining(said),
      fix: expect.any(String),
    })
    expect(ran.code).toBe(1)
    expect(ran.out).not.toContain('canary')
  })

  test('are skipped while the app does not run, or is not registered', async ({ serving, examine }) => {
    const url = `http://localhost:${await freePort()}`
    expect(findingOf(await examine(url), 'keys')).toMatchObject({
      state: 'skipped',
      sentence: expect.stringContaining('not registered yet'),
    })
    const app = await serving()
    await app.close()
    expect(findingOf(await examine(app.url), 'keys')).toMatchObject({
      state: 'skipped',
      sentence: expect.stringContaining('cannot be reached'),
    })
  })

  test('of a client that was made by hand pass, too, without a kid', async ({
    provider,
    serving,
    examine,
  }) => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const client = { clientId: 'by-hand', privateKey: { ...(await exportJWK(privateKey)), alg: 'ES256' } }
    const port = await freePort()
    addClient(provider, `http://localhost:${port}`, {
      client_id: 'by-hand',
      method: 'private_key_jwt',
      jwks_uri: `http://localhost:${port}/jwks.json`,
    })
    const app = await serving(port, { client } as RelyingPartyOptions)
    expect(findingOf(await examine(app.url, { routes, client }), 'keys')).toMatchObject({
      state: 'passed',
      sentence: `The provider finds the key without kid of this app at ${app.url}/jwks.json.`,
    })
  })
})
