import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect } from 'vitest'
import { publicKeyOf } from '../../../src/protocol/client-authentication/client-authentication.ts'
import { baseUrl, test } from '../../support/cli/cli.ts'
import { findingOf, statesOf } from '../../support/cli/command-line.ts'
import { startFapiProvider } from '../../support/fapi/fapi-provider.ts'

describe('doctor with a profile', () => {
  test.for(['fapi2', 'fapi2-message-signing'])(
    '%s finds no problem at oidc-provider',
    async (profile, { cli, environment, folder, onTestFinished }) => {
      const provider = await startFapiProvider()
      onTestFinished(() => provider.close())
      const at = { environment: { ...environment, ISSUER_BASE_URL: provider.issuer } }
      await writeFile(join(folder, `${profile}.mjs`), `export default { profile: '${profile}' }`)
      expect((await cli(`client register --config ${profile}.mjs`, at)).code).toBe(0)
      const ran = await cli(`doctor --json --config ${profile}.mjs`, at)
      expect(statesOf(ran).filter(state => /^(?!volume).* (failed|warning)$/.test(state))).toEqual([])
    },
  )

  test('finds no problem with a client that was made by hand', async ({
    cli,
    environment,
    folder,
    onTestFinished,
  }) => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const key = { ...(await exportJWK(privateKey)), alg: 'ES256', kid: 'k', use: 'sig' }
    const client = {
      client_id: 'by-hand',
      redirect_uris: [`${baseUrl}/callback`],
      token_endpoint_auth_method: 'private_key_jwt' as const,
      token_endpoint_auth_signing_alg: 'ES256' as const,
      dpop_bound_access_tokens: true,
      jwks: { keys: [publicKeyOf(key)] },
    }
    const provider = await startFapiProvider({
      configure: usual => ({ ...usual, clients: [client] }) as typeof usual,
    })
    onTestFinished(() => provider.close())
    const at = { environment: { ...environment, ISSUER_BASE_URL: provider.issuer } }
    const options = { profile: 'fapi2', client: { clientId: 'by-hand', privateKey: key } }
    await writeFile(join(folder, 'by-hand.mjs'), `export default ${JSON.stringify(options)}`)
    const ran = await cli('doctor --json --config by-hand.mjs', at)
    expect(statesOf(ran).filter(state => /^(?!volume).* (failed|warning)$/.test(state))).toEqual([])
  })

  test('names what the provider lacks', async ({ cli, environment, folder, onTestFinished }) => {
    const provider = await startFapiProvider({ without: ['dpop_signing_alg_values_supported'] })
    onTestFinished(() => provider.close())
    const at = { environment: { ...environment, ISSUER_BASE_URL: provider.issuer } }
    await writeFile(join(folder, 'lacking.mjs'), "export default { profile: 'fapi2' }")
    const ran = await cli('doctor --json --config lacking.mjs', at)
    expect(ran.code).toBe(1)
    expect(findingOf(ran, 'discovery')).toMatchObject({
      state: 'failed',
      sentence: expect.stringContaining('dpop_signing_alg_values_supported is missing'),
    })
  })
})
