import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { findingOf, type Ran, runCommand } from '../../support/cli/command-line.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { setClockAhead } from '../matrix/clock.ts'
import type { FlowContext } from '../matrix/flow.ts'
import { facts } from '../matrix/providers.ts'
import { testFlows } from '../matrix/test-flows.ts'

testFlows({
  async 'manages its client from the command line'({ provider }) {
    const host = `localhost:${40_000 + Math.floor(Math.random() * 9_000)}`
    const run = await commandLine(provider, `http://${host}`)
    const clients = (): Promise<readonly string[]> => provider.administration.clientsNamed(host)
    await succeeds(run('client register'))
    const [client = ''] = await clients()
    expect(await clients()).toHaveLength(1)
    expect((await succeeds(run('client show'))).out).toContain(client)
    await succeeds(run('client update'))
    await succeeds(run('client rotate'))
    expect(await clients()).toEqual([client])
    await succeeds(run('client delete --yes'))
    expect(await clients()).toEqual([])
  },

  async 'passes its own examination'({ start, provider }) {
    const directory = await temporaryDirectory()
    const app = await start({ directory })
    const run = await commandLine(provider, app.url, directory)
    const ran = await run('doctor --json')
    expect(ran.code, ran.out).toBe(0)
  },

  async 'finds in its examination that its clock is wrong'({ provider }) {
    setClockAhead(600)
    const run = await commandLine(provider, 'http://localhost:1')
    const ran = await run('doctor --json')
    const clock = findingOf(ran, 'clock')
    if (facts[provider.name].hidesItsClock) return expect(clock?.['state']).toBe('skipped')
    expect([ran.code, clock?.['state']]).toEqual([1, 'failed'])
    expect(clock?.['sentence']).toMatch(/\b(59\d|60\d) s(econds)?\b.*\bahead\b/)
  },

  async 'finds in its examination that a client made by hand has another address'({ provider }) {
    const directory = await temporaryDirectory()
    const baseUrl = `http://localhost:${40_000 + Math.floor(Math.random() * 9_000)}`
    const run = await commandLine(provider, baseUrl, directory)
    const config = join(await temporaryDirectory(), 'oidc.mjs')
    await writeFile(
      config,
      "export default { metadata: { token_endpoint_auth_method: 'client_secret_basic' } }",
    )
    await succeeds(run(`client register --config ${config}`))
    const shown = await succeeds(run('client show --show-secrets --json'))
    const { clientId, secrets } = JSON.parse(shown.out)
    const byHand = { CLIENT_ID: clientId, CLIENT_SECRET: secrets.clientSecret }
    const same = await commandLine(provider, baseUrl, directory, byHand)
    const good = await same('doctor --json')
    expect([good.code, findingOf(good, 'addresses')?.['state']], good.out).toEqual([0, 'passed'])
    const moved = await commandLine(provider, 'http://localhost:1', directory, byHand)
    const bad = await moved('doctor --json')
    expect([bad.code, findingOf(bad, 'addresses')?.['state']], bad.out).toEqual([1, 'failed'])
    await succeeds(run('client delete --yes'))
  },
})

async function commandLine(
  provider: FlowContext['provider'],
  baseUrl: string,
  directory?: string,
  client: Readonly<Record<string, string>> = {},
) {
  const store = directory ?? (await temporaryDirectory())
  const { initialAccessToken } = provider.options
  const environment = {
    ISSUER_BASE_URL: provider.issuer,
    BASE_URL: baseUrl,
    OIDC_STORE: store,
    ...(initialAccessToken && !('CLIENT_ID' in client) && { OIDC_INITIAL_ACCESS_TOKEN: initialAccessToken }),
    ...client,
  }
  return (argv: string): Promise<Ran> => runCommand(argv.split(' '), { environment, directory: store })
}

async function succeeds(running: Promise<Ran>): Promise<Ran> {
  const ran = await running
  if (ran.code !== 0) throw new Error(`Exit code ${ran.code}:\n${ran.out}\n${ran.err}`)
  return ran
}
