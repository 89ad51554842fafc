import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from 'vitest'
import { followPage } from '../support/house/quickstart.ts'
import { startChild } from '../support/processes/child.ts'
import { addRow } from '../support/trouble/row.ts'

const root = join(import.meta.dirname, '../..')

/** A test with a port that another server listens on. */
const test = base.extend('port', async ({ onTestFinished }): Promise<number> => {
  const server = createServer().listen(0)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
})

/** Starts a server, and tells the exit code and what it said. */
async function outcomeOf(
  file: string,
  port: number,
): Promise<readonly [code: number | null, output: string]> {
  const server = startChild(file, {
    PORT: String(port),
    BASE_URL: `http://localhost:${port}`,
    ISSUER_BASE_URL: 'http://127.0.0.1:9',
    OIDC_STORE: join(tmpdir(), `oidc-taken-${port}`),
    SESSION_SECRET: undefined,
    NODE_ENV: undefined,
  })
  const code = await server.ends()
  await rm(join(tmpdir(), `oidc-taken-${port}`), { recursive: true, force: true })
  return [code, server.output()]
}

test.for([
  'examples/basic/server.ts',
  'examples/javascript/src/server.js',
  'examples/guarded-api/src/server.ts',
  'examples/spa-bff/src/server.ts',
  'examples/hydra/src/server.ts',
])('%s fails loudly when its port is taken', async (file, { task, port }) => {
  const [code, output] = await outcomeOf(file, port)
  const said = output.split('\n').filter(line => line.includes('already in use'))
  expect([code, said]).toEqual([1, [expect.stringContaining(`Port ${port} is already in use`)]])
  expect(output).not.toContain('listens')
  addRow(task, {
    wrong: `the port of ${file} is taken`,
    saw: `exit code ${code}`,
    logged: said.map(line => line.replace(String(port), '3000')),
    status: undefined,
    code: undefined,
  })
})

test('the app of the quickstart fails loudly when its port is taken', async ({
  task,
  port,
  onTestFinished,
}) => {
  const folder = await followPage()
  onTestFinished(() => rm(join(root, folder), { recursive: true }))
  const [code, output] = await outcomeOf(join(folder, 'app.js'), port)
  const said = output.split('\n').filter(line => line.startsWith('Error: '))
  expect([code, said]).toEqual([1, [expect.stringContaining('EADDRINUSE')]])
  expect(output).not.toContain('The app listens')
  addRow(task, {
    wrong: 'the port of the quickstart is taken',
    saw: `exit code ${code}`,
    logged: said.map(line => line.replaceAll(String(port), '3000')),
    status: undefined,
    code: undefined,
  })
})
