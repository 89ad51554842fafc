import { readdir } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { type Child, startChild } from '../support/processes/child.ts'
import { freePort } from '../support/processes/free-port.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const unset = { BASE_URL: undefined, ISSUER_BASE_URL: undefined, OIDC_STORE: undefined, NODE_ENV: undefined }

interface Started extends Child {
  /** What is in the folder for temporary files, which is of this process alone. */
  readonly left: () => Promise<string[]>
}

async function start(path: string, env: Readonly<Record<string, string>> = {}): Promise<Started> {
  const folder = await temporaryDirectory()
  const child = startChild(path, { ...unset, PORT: String(await freePort()), TMPDIR: folder, ...env })
  onTestFinished(async () => void (await child.stop('SIGKILL')))
  return { ...child, left: () => readdir(folder) }
}

test.for([
  ['basic/dev.ts', 'SIGINT'],
  ['basic/dev.ts', 'SIGTERM'],
  ['guarded-api/dev.ts', 'SIGINT'],
  ['javascript/dev.js', 'SIGINT'],
  ['live/dev.ts', 'SIGINT'],
  ['several-providers/dev.ts', 'SIGINT'],
  ['spa-bff/dev.ts', 'SIGINT'],
  ['websocket/dev.ts', 'SIGINT'],
] as const)('%s leaves no folder behind after %s', async ([path, signal]) => {
  const app = await start(`examples/${path}`)
  await app.says('The app listens on port')
  expect(await app.left()).toEqual([expect.stringMatching(/^oidc-/)])
  expect(await app.stop(signal)).toBe(0)
  expect(await app.left()).toEqual([])
})

test('basic/dev.ts leaves none behind if its port is taken', async () => {
  const first = await start('examples/basic/dev.ts')
  await first.says('The app listens on port')
  const [, port = ''] = /port (\d+)/.exec(first.output()) ?? []
  const second = await start('examples/basic/dev.ts', { PORT: port })
  expect(await second.ends()).toBe(1)
  expect(second.output()).toContain(`Port ${port} is already in use.`)
  expect(await second.left()).toEqual([])
})

test('cluster/dev.ts leaves none behind if one of its programs cannot start', async () => {
  const app = await start('examples/cluster/dev.ts', { PATH: '/nowhere' })
  expect(await app.ends()).toBe(1)
  expect(app.output()).toContain('redis: spawn redis-server ENOENT')
  expect(await app.left()).toEqual([])
})
