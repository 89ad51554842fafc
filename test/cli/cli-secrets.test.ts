import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from '../support/cli/cli.ts'
import type { Ran } from '../support/cli/command-line.ts'
import { json, status } from '../support/scripted-provider.ts'

const commands = [
  'client show',
  'client show --remote',
  'client update',
  'client rotate',
  'doctor',
  'client delete --yes',
]

const config = `export const options = {
  initialAccessToken: 'CANARY-initial',
  metadata: { token_endpoint_auth_method: 'METHOD', software_statement: 'CANARY-statement', apiSecret: 'CANARY-member' },
}`

/** Every secret that the provider has issued, and those of the config module. */
function secretsOf(clients: Iterable<Record<string, unknown>>): string[] {
  const issued = [...clients].flatMap(({ client_secret, registration_access_token }) => [
    client_secret,
    registration_access_token,
  ])
  return ['CANARY', ...issued.filter(secret => typeof secret === 'string')]
}

function expectHidden(rans: readonly Ran[], secrets: readonly string[]): void {
  const shown = rans.map(({ out, err }) => out + err).join('\n')
  expect(shown.length).toBeGreaterThan(1_000)
  for (const secret of secrets) expect(shown).not.toContain(secret)
  expect(shown).not.toMatch(/"d" ?:/)
}

test.for(['client_secret_basic', 'private_key_jwt'])(
  'no command shows a secret of a client with %s, as text or as JSON',
  async (method, { cli, folder, provider }) => {
    await writeFile(join(folder, 'oidc.mjs'), config.replace('METHOD', method))
    const rans: Ran[] = []
    const secrets = new Set<string>()
    for (const json of ['', ' --json']) {
      for (const command of ['client register', ...commands]) {
        rans.push(await cli(`${command} --config oidc.mjs${json}`))
        for (const secret of secretsOf(provider.clients.values())) secrets.add(secret)
      }
    }
    expect(rans.map(({ code }) => code)).toEqual(rans.map(() => 0))
    expect(secrets.size).toBeGreaterThan(4)
    expectHidden(rans, [...secrets])
  },
)

test('no failure shows a secret', async ({ cli, provider }) => {
  await cli('client register')
  const secrets = secretsOf(provider.clients.values())
  const rans: Ran[] = []
  for (const answer of [
    json({ client_secret: 'CANARY', registration_access_token: 'CANARY' }),
    status(401),
    status(500),
  ]) {
    provider.answer('client', answer)
    provider.answer('token', answer)
    for (const command of commands.slice(0, 5)) rans.push(await cli(command))
  }
  expectHidden(rans, [...secrets, ...secretsOf(provider.clients.values())])
})

test('--show-secrets shows them', async ({ cli, provider }) => {
  await cli('client register')
  const [client] = provider.clients.values()
  const { secrets } = JSON.parse((await cli('client show --show-secrets --json')).out)
  expect(secrets).toMatchObject({
    registrationAccessToken: client?.registration_access_token,
    privateKey: { kty: 'EC', d: expect.any(String) },
  })
  expect((await cli('client show --show-secrets')).out).toContain(String(client?.registration_access_token))
})
