import { expect } from 'vitest'
import {
  generatePrivateKey,
  publicKeyOf,
} from '../../../src/protocol/client-authentication/client-authentication.ts'
import type { JsonWebKey } from '../../../src/vocabulary/oauth2-client.ts'
import { expectRefusal, expectSignIn, test } from '../../support/flow.ts'
import { addClient } from '../../support/providers/by-hand.ts'

const served = async (url: string): Promise<readonly JsonWebKey[]> => {
  const { keys } = (await (await fetch(url)).json()) as { readonly keys: readonly JsonWebKey[] }
  return keys
}

test('the key of a client that was made by hand is replaced in two steps, while the provider keeps what it has fetched', async ({
  provider,
  start,
  browser,
}) => {
  const [former, next] = await Promise.all([generatePrivateKey('ES256'), generatePrivateKey('ES256')])
  const both = [former, next]
  const optionsOf = (privateKey: JsonWebKey, servedKeys: readonly JsonWebKey[]) => ({
    relyingParty: {
      client: { clientId: 'c', privateKey, servedKeys },
      routes: { jwks: '/jwks.json' },
    },
  })
  const before = await start(optionsOf(former, both))
  const jwks_uri = `${before.url}/jwks.json`
  const registered = { client_id: 'c', method: 'private_key_jwt', jwks_uri } as const
  provider.keepsFetchedKeys = 3_600_000
  addClient(provider, before.url, registered)
  const keys = await served(jwks_uri)
  expect(keys.map(({ kid }) => kid)).toEqual(both.map(({ kid }) => kid))
  expect(keys[1]).toEqual(JSON.parse(JSON.stringify({ ...publicKeyOf(next), use: 'sig' })))
  await expectSignIn({ app: before, browser })

  const unknown = await start(optionsOf(await generatePrivateKey('ES256'), []))
  addClient(provider, unknown.url, registered)
  const page = await browser.open(`${unknown.url}/private`)
  await expectRefusal(page, [503, 'ERR_OIDC_CLIENT_REFUSED'], { app: unknown, browser })

  const after = await start(optionsOf(next, both))
  addClient(provider, after.url, registered)
  await expectSignIn({ app: after, browser })
  expect((await served(`${after.url}/jwks.json`)).map(({ kid }) => kid)).toEqual([next.kid, former.kid])
})
