import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { differencesOf, missingFrom } from '../../../src/cli/registered-client.ts'
import { test } from '../../support/cli/cli.ts'
import { changeAnswers } from '../../support/providers/changed-answers.ts'
import { json, status } from '../../support/scripted-provider.ts'

const byHand = { CLIENT_ID: 'by-hand', CLIENT_SECRET: 'CANARY' }

describe('client register', () => {
  test('registers once', async ({ cli, provider }) => {
    const first = await cli('client register --json')
    const second = await cli('client register --json')
    const [clientId] = provider.clients.keys()
    expect(first).toMatchObject({ code: 0, err: expect.stringContaining('Registered this app as client') })
    expect(JSON.parse(first.out)).toMatchObject({ registered: true, clientId, generation: 1, retiring: [] })
    expect(JSON.parse(second.out)).toMatchObject({ registered: false, clientId })
    expect(provider.requestsTo('register')).toHaveLength(1)
  })

  test('asks again for what the app has stopped asking for', async ({ cli, provider }) => {
    changeAnswers(provider, 'register', body => ({ ...body, id_token_signed_response_alg: 'HS256' }))
    const refused = await cli('client register')
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringContaining('id_token_signed_response_alg is "HS256"'),
    })
    provider.answer('register', undefined)
    expect(await cli('client register')).toMatchObject({ code: 0 })
    expect(provider.requestsTo('register')).toHaveLength(2)
    expect(provider.clients.size).toBe(1)
  })

  test('says why the provider refuses', async ({ cliAtHydra, hydra }) => {
    hydra.registration = { enabled: false, advertised: false }
    const { code, err, out } = await cliAtHydra('client register')
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('Dynamic registration is not enabled')
    expect(err).toContain('(ERR_OIDC_REGISTRATION_REFUSED)')
  })
})

describe('client show', () => {
  test('says that there is no registration, with exit code 1', async ({ cli }) => {
    const { code, out } = await cli('client show')
    expect([code, out]).toEqual([1, expect.stringContaining('There is no registration "default"')])
  })

  test('shows the record without asking the provider', async ({ cli, provider, directory }) => {
    await cli('client register')
    await provider.stop()
    const { code, out } = await cli('client show')
    const [clientId] = provider.clients.keys()
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^client +${clientId}$`, 'm'))
    for (const fact of [provider.issuer, directory, 'default', 'never', '20']) expect(out).toContain(fact)
  })

  test('names the clients that are retiring', async ({ cli, provider }) => {
    await cli('client register')
    provider.answer('client', status(401))
    await cli('client rotate')
    const [old, current] = provider.clients.keys()
    const { out } = await cli('client show --json')
    expect(JSON.parse(out)).toMatchObject({
      clientId: current,
      generation: 2,
      retiring: [{ clientId: old, until: expect.stringMatching(/^20.*Z$/) }],
    })
    expect((await cli('client show')).out).toMatch(new RegExp(`^retiring +${old} until 20`, 'm'))
  })

  test('--remote finds no difference right after the registration', async ({ cli, cliAtHydra }) => {
    for (const at of [cli, cliAtHydra]) {
      await at('client register')
      const { code, out } = await at('client show --remote')
      expect(code).toBe(0)
      expect(out).toContain('The provider has the same as the record.')
      expect(out).toMatch(/^ {2}redirect_uris +\["http:\/\/localhost:4999\/callback"\]$/m)
    }
  })

  test('--remote names what an administrator has changed', async ({ cli, provider }) => {
    await cli('client register')
    const [client = {}] = provider.clients.values()
    Object.assign(client, { redirect_uris: ['https://other.example/cb'], client_name: undefined })
    const { out } = await cli('client show --remote')
    expect(out).toContain(
      'redirect_uris: ["http://localhost:4999/callback"] in the record, ["https://other.example/cb"] at the provider',
    )
    expect(out).toContain('client_name: localhost:4999 in the record, nothing at the provider')
    const { differences } = JSON.parse((await cli('client show --remote --json')).out)
    expect(differences.map(({ member }: { member: string }) => member)).toEqual([
      'client_name',
      'redirect_uris',
    ])
  })

  test('--remote says that the provider no longer knows the client', async ({ cliAtHydra, hydra }) => {
    await cliAtHydra('client register')
    hydra.clients.clear()
    const { code, err } = await cliAtHydra('client show --remote')
    expect([code, err]).toEqual([1, expect.stringContaining('Either the client no longer exists')])
  })

  test('--remote records a new registration access token (RFC 7592 §2.1)', async ({ cli, provider }) => {
    await cli('client register')
    const [client = {}] = provider.clients.values()
    provider.answer('client', json({ ...client, registration_access_token: 'renewed' }))
    await cli('client show --remote')
    provider.answer('client', undefined)
    client.registration_access_token = 'renewed'
    expect((await cli('client show --remote')).code).toBe(0)
  })

  test('--remote records a new secret, and does not show it (RFC 7592 §2.1)', async ({
    cli,
    provider,
    folder,
  }) => {
    const method = '{ metadata: { token_endpoint_auth_method: "client_secret_basic" } }'
    await writeFile(join(folder, 'oidc.mjs'), `export const options = ${method}`)
    await cli('client register --config oidc.mjs')
    const [client = {}] = provider.clients.values()
    client.client_secret = 'CANARY'
    const { out } = await cli('client show --remote --config oidc.mjs')
    expect(out).not.toContain('CANARY')
    expect(out).toContain('client_secret: (not shown) in the record, (not shown) at the provider')
    const { secrets } = JSON.parse((await cli('client show --show-secrets --json --config oidc.mjs')).out)
    expect(secrets.clientSecret).toBe('CANARY')
  })

  test('--remote compares lifespans as durations', async ({ cliAtHydra, hydra, folder }) => {
    const lifespans = '{ metadata: { authorization_code_grant_access_token_lifespan: "1h30m" } }'
    await writeFile(join(folder, 'oidc.mjs'), `export const options = ${lifespans}`)
    await cliAtHydra('client register --config oidc.mjs')
    const [client = {}] = hydra.clients.values()
    const lifespan = 'authorization_code_grant_access_token_lifespan'
    expect(client).toMatchObject({ [lifespan]: '1h30m0s' })
    expect((await cliAtHydra('client update --config oidc.mjs')).out).toContain('Nothing to change')
    Object.assign(client, { [lifespan]: '90m' })
    const same = await cliAtHydra('client show --remote --config oidc.mjs')
    expect(same.out).toContain('The provider has the same as the record.')
    Object.assign(client, { [lifespan]: '1h31m0s' })
    const other = await cliAtHydra('client show --remote --config oidc.mjs')
    expect(other.out).toContain(`${lifespan}: 1h30m0s in the record, 1h31m0s at the provider`)
    const updated = await cliAtHydra('client update --config oidc.mjs')
    expect(updated.out).toContain(`${lifespan}: 1h31m0s → 1h30m0s`)
  })
})

test.for(['register', 'update', 'rotate', 'delete --yes'])(
  'client %s does not change a client that was made by hand',
  async (command, { cli, environment, provider }) => {
    const { code, err } = await cli(`client ${command}`, { environment: { ...environment, ...byHand } })
    expect([code, err]).toEqual([1, expect.stringContaining('options.client was made by hand')])
    expect(provider.requestsTo('register')).toEqual([])
  },
)

test('client show shows a client that was made by hand', async ({ cli, environment }) => {
  const { code, out } = await cli('client show', { environment: { ...environment, ...byHand } })
  expect([code, out]).toEqual([0, expect.stringMatching(/^client +by-hand$/m)])
})

test.for(['update', 'rotate'])(
  'client %s without a registration says so, and does not register',
  async (command, { cli, provider }) => {
    const { code, err } = await cli(`client ${command}`)
    expect([code, err]).toEqual([1, expect.stringContaining('There is no registration "default"')])
    expect(provider.requestsTo('register')).toEqual([])
  },
)

test.for(['register', 'update', 'rotate', 'delete --yes', 'show --remote'])(
  'client %s at a provider that is down says so, and changes nothing',
  async (command, { cli, provider }) => {
    if (command !== 'register') await cli('client register')
    await provider.stop()
    const before = await cli('client show --json')
    const { code, err } = await cli(`client ${command}`)
    expect([code, err]).toEqual([1, expect.stringContaining('(ERR_OIDC_PROVIDER_UNAVAILABLE)')])
    expect((await cli('client show --json')).out).toBe(before.out)
  },
)

test('lists are compared regardless of order, and secrets are not shown', () => {
  const recorded = {
    client_id: '1',
    scope: 'a b',
    redirect_uris: ['x', 'y'],
    client_secret: 'CANARY',
    contacts: [],
  }
  const provider = { client_id: '1', scope: 'b a', redirect_uris: ['y', 'x'], client_secret: 'CANARIES' }
  const difference = { member: 'client_secret', recorded: '(not shown)', provider: '(not shown)' }
  expect(differencesOf(recorded, provider)).toEqual([difference])
  expect(missingFrom(provider, { client_name: 'a', scope: 'c' })).toMatchObject([{ member: 'scope' }])
})
