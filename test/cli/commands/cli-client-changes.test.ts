import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../../support/cli/cli.ts'
import { json } from '../../support/scripted-provider.ts'

describe('client update', () => {
  test('changes nothing if the options have not changed', async ({ cli, provider }) => {
    await cli('client register')
    const { code, out } = await cli('client update')
    expect([code, out]).toEqual([0, expect.stringContaining('Nothing to change')])
    expect(provider.requestsTo('client').map(({ method }) => method)).toEqual(['GET'])
  })

  test('sends the provider one update, and prints the changes', async ({ cli, provider, environment }) => {
    await cli('client register')
    const changed = { environment: { ...environment, OIDC_SCOPE: 'openid profile email address' } }
    const { code, out } = await cli('client update', changed)
    expect(code).toBe(0)
    expect(out).toContain('Updated at the provider')
    expect(out).toContain('scope: openid profile email → openid profile email address')
    expect(provider.requestsTo('client').filter(({ method }) => method === 'PUT')).toHaveLength(1)
    expect([...provider.clients.values()]).toMatchObject([{ scope: 'openid profile email address' }])
    expect(JSON.parse((await cli('client update --json', changed)).out)).toMatchObject({
      result: 'unchanged',
    })
  })

  test('prints what the provider has made of the update, not what was sent', async ({
    cli,
    provider,
    folder,
  }) => {
    await cli('client register')
    const [client = {}] = provider.clients.values()
    await writeFile(join(folder, 'oidc.mjs'), "export const options = { metadata: { client_name: 'new' } }")
    provider.answer('client', (request, response) => {
      const name = request.method === 'PUT' ? 'substitute' : 'localhost:4999'
      return json({ ...client, client_name: name })(request, response)
    })
    const { code, out } = await cli('client update --config oidc.mjs --json')
    expect([code, JSON.parse(out)]).toMatchObject([
      0,
      {
        result: 'updated',
        changes: [{ member: 'client_name', from: 'localhost:4999', to: 'substitute' }],
        missing: [{ member: 'client_name', asked: 'new', provider: 'substitute' }],
      },
    ])
  })

  test('says that the provider changed nothing', async ({ cli, provider, folder }) => {
    await cli('client register')
    const [client = {}] = provider.clients.values()
    await writeFile(join(folder, 'oidc.mjs'), "export const options = { metadata: { client_name: 'new' } }")
    provider.answer('client', json(client))
    const { code, out } = await cli('client update --config oidc.mjs')
    expect([code, out]).toEqual([0, expect.stringContaining('accepted the update and changed nothing')])
    expect(out).toContain('client_name: the options ask for new; the provider has localhost:4999')
    expect(out).not.toContain('→')
  })

  test('restores what an administrator has removed', async ({ cli, provider }) => {
    await cli('client register')
    const [client = {}] = provider.clients.values()
    Object.assign(client, { redirect_uris: ['https://other.example/cb'] })
    const { code, out } = await cli('client update --json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      result: 'updated',
      changes: [{ member: 'redirect_uris', from: ['https://other.example/cb'] }],
    })
  })

  test('does not overwrite what an administrator has set at Hydra, with exit code 1', async ({
    cliAtHydra,
    hydra,
    folder,
  }) => {
    await cliAtHydra('client register')
    const [client] = hydra.clients.values()
    Object.assign(client ?? {}, { skip_consent: true })
    await writeFile(join(folder, 'oidc.mjs'), "export const options = { metadata: { client_name: 'new' } }")
    const { code, out, err } = await cliAtHydra('client update --config oidc.mjs')
    expect([code, out]).toEqual([1, expect.stringContaining('The registration was not updated')])
    expect(out).toContain('client_name: the options ask for new; the provider has localhost:4999')
    expect(err).toContain('An administrator of the provider has set skip_consent')
    expect(hydra.clients.size).toBe(1)
  })

  test('registers another client if sign-in would not work otherwise', async ({
    cliAtHydra,
    hydra,
    environment,
  }) => {
    await cliAtHydra('client register')
    for (const id of hydra.clients.keys()) hydra.adminPatch(id)
    const moved = { ISSUER_BASE_URL: hydra.issuer, BASE_URL: 'https://moved.example' }
    const { code, out } = await cliAtHydra('client update --json', {
      environment: { ...environment, ...moved },
    })
    expect([code, JSON.parse(out)]).toMatchObject([0, { result: 'replaced' }])
    expect(hydra.clients.size).toBe(2)
  })
})

describe('client rotate', () => {
  test('creates a new key, and says so', async ({ cli, provider }) => {
    await cli('client register')
    const { code, out } = await cli('client rotate')
    expect([code, out]).toEqual([0, expect.stringContaining('The app has a new key.')])
    expect(out).toMatch(/^generation +2$/m)
    expect(provider.clients.size).toBe(1)
  })

  test('registers a new client if nothing else is possible', async ({ cliAtHydra, hydra }) => {
    await cliAtHydra('client register')
    for (const id of hydra.clients.keys()) hydra.adminPatch(id)
    const { code, out } = await cliAtHydra('client rotate --json')
    expect([code, JSON.parse(out)]).toMatchObject([0, { way: 'replacement', generation: 2, retiring: [{}] }])
  })
})
