import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startProvider } from '../../examples/provider/provider.ts'
import { Browser, signIn } from '../support/browser.ts'
import { type Child, startChild } from '../support/processes/child.ts'
import { freePort } from '../support/processes/free-port.ts'

let folder: string
let ports: { readonly app: number; readonly provider: number }
let running: Child[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oidc-demo-'))
  ports = { app: await freePort(), provider: await freePort() }
  running = []
})

afterEach(async () => {
  await Promise.all(running.map(demo => demo.stop()))
  await rm(folder, { recursive: true })
})

describe('the demo', () => {
  test('prints where to go and who to sign in as', async () => {
    const demo = startDemo()
    await demo.says('Registered this app as client')
    expect(demo.output()).toContain(`Open          ${appUrl()}\n`)
    expect(demo.output()).toContain(`Provider      ${issuer()}\n`)
    expect(demo.output()).toContain('Sign in as    alice with the password wonderland')
    expect(demo.output()).toContain(`Discovered the provider ${issuer()}.`)
    expect(demo.output()).toContain(join(folder, 'app'))
    expect(await demo.stop()).toBe(0)
  })

  test('reuses its client after a stop and a start, and the sign-in works both times', async () => {
    const demo = startDemo()
    await demo.says('Registered this app as client')
    await expectSignIn()
    const clients = await registeredClients()
    expect(clients).toHaveLength(1)
    expect(await demo.stop('SIGTERM')).toBe(0)

    const again = startDemo()
    await again.says('Reusing client')
    expect(again.output()).not.toContain('Registered')
    await expectSignIn()
    expect(await registeredClients()).toEqual(clients)
    expect(await again.stop('SIGINT')).toBe(0)
  })

  test.for([
    ['app', 'PORT'],
    ['provider', 'PROVIDER_PORT'],
  ] as const)('says which port is taken, and ends: that of the %s', async ([who, variable]) => {
    const taken = createServer().listen(ports[who])
    await once(taken, 'listening')
    const demo = startDemo()
    expect(await demo.ends()).toBe(1)
    expect(demo.output()).toMatch(
      new RegExp(`^Port ${ports[who]}.* is already in use\\. Set ${variable} to another one\\.$`, 'm'),
    )
    expect(demo.output()).not.toContain('Registered')
    expect(demo.output()).not.toContain('    at ')
    taken.close()
  })

  test('takes a provider that is there, and starts none', async () => {
    const provider = await startProvider()
    const demo = startDemo({ ISSUER_BASE_URL: provider.issuer })
    await demo.says('Registered this app as client')
    expect(demo.output()).toContain(`Provider      ${provider.issuer}\n`)
    expect(demo.output()).not.toContain('wonderland')
    await expect(fetch(issuer())).rejects.toThrow('fetch failed')
    expect(await readdir(folder)).toEqual(['app'])
    await expectSignIn()
    expect(await demo.stop()).toBe(0)
    await provider.close()
  })
})

function startDemo(env: Readonly<Record<string, string>> = {}): Child {
  const demo = startChild('examples/demo.ts', {
    PORT: String(ports.app),
    PROVIDER_PORT: String(ports.provider),
    OIDC_STORE: join(folder, 'app'),
    PROVIDER_DIRECTORY: join(folder, 'provider'),
    BASE_URL: undefined,
    ISSUER_BASE_URL: undefined,
    SESSION_SECRET: undefined,
    NODE_ENV: undefined,
    ...env,
  })
  running.push(demo)
  return demo
}

async function expectSignIn(): Promise<void> {
  const page = await signIn(new Browser(), `${appUrl()}/login?returnTo=/`)
  expect(page).toMatchObject({ status: 200, url: `${appUrl()}/` })
  expect(page.text).toContain('Alice Liddell')
}

async function registeredClients(): Promise<string[]> {
  const kept = JSON.parse(await readFile(join(folder, 'provider', 'clients.json'), 'utf8'))
  return Object.keys(kept).filter(key => key.startsWith('Client:'))
}

const appUrl = (): string => `http://localhost:${ports.app}`
const issuer = (): string => `http://127.0.0.1:${ports.provider}`
