import { describe, expect } from 'vitest'
import { boundByTls, equip } from '../../support/fapi/equipped-provider.ts'
import { expectRefusal, expectSignIn, test } from '../../support/flow.ts'
import { json, type ScriptedProvider } from '../../support/scripted-provider.ts'

describe('with a profile', () => {
  const fapi2 = { profile: 'fapi2', metadata: boundByTls } as const

  /** Signs with the key of the provider, which PS256 can use too. */
  function signWith(provider: ScriptedProvider, alg: string): void {
    provider.answer('jwks', json({ keys: provider.keys.map(({ alg: _, ...key }) => key) }))
    provider.idToken = (claims, header) => ({ claims, header: { ...header, alg } })
  }

  test('an ID token that RS256 has signed signs nobody in', async ({ provider, start, browser }) => {
    equip(provider)
    const app = await start({ relyingParty: fapi2 })
    signWith(provider, 'RS256')
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, [400, 'ERR_OIDC_ID_TOKEN_INVALID'], { app, browser })
    signWith(provider, 'PS256')
    await expectSignIn({ app, browser })
  })

  test('a response without iss signs nobody in', async ({ provider, start, browser }) => {
    equip(provider)
    const app = await start({ relyingParty: fapi2 })
    signWith(provider, 'PS256')
    provider.authorizationResponse = ({ iss: _, ...parameters }) => parameters
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, [400, 'ERR_OIDC_ISSUER_MISMATCH'], { app, browser })
    provider.authorizationResponse = parameters => parameters
    await expectSignIn({ app, browser })
  })

  test('an ID token for one more audience signs nobody in, whatever its azp', async ({
    provider,
    start,
    browser,
  }) => {
    equip(provider)
    const app = await start({ relyingParty: fapi2 })
    signWith(provider, 'PS256')
    const { idToken } = provider
    provider.idToken = (claims, header, requests) =>
      idToken({ ...claims, aud: [claims.aud, 'another'], azp: claims.aud }, header, requests)
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, [400, 'ERR_OIDC_ID_TOKEN_INVALID'], { app, browser })
    provider.idToken = idToken
    await expectSignIn({ app, browser })
  })

  test('what is registered is what the profile allows', async ({ provider, start }) => {
    equip(provider)
    const app = await start({ relyingParty: { ...fapi2, profile: 'fapi2-message-signing' } })
    await app.rp.ready()
    expect([...provider.clients.values()]).toMatchObject([
      {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        id_token_signed_response_alg: 'PS256',
        request_object_signing_alg: 'ES256',
        authorization_signed_response_alg: 'PS256',
        require_pushed_authorization_requests: true,
        require_signed_request_object: true,
        ...boundByTls,
      },
    ])
  })

  test.for([
    ['token_endpoint_auth_method', 'client_secret_basic'],
    ['id_token_signed_response_alg', 'RS256'],
    ['tls_client_certificate_bound_access_tokens', false],
  ] as const)(
    'a client that is granted with %s %s is not used',
    async ([member, value], { provider, start }) => {
      equip(provider)
      const usual = provider.usualAnswer('register')
      provider.answer('register', (request, response) =>
        usual(
          { ...request, body: JSON.stringify({ ...JSON.parse(request.body), [member]: value }) },
          response,
        ),
      )
      const app = await start({ relyingParty: fapi2 })
      await expect(app.rp.ready()).rejects.toMatchObject({
        code: 'ERR_OIDC_REGISTRATION_REFUSED',
        message: expect.stringContaining(`${member} is ${JSON.stringify(value)}`),
      })
      provider.answer('register', undefined)
      await (await start({ relyingParty: fapi2 })).rp.ready()
    },
  )

  test('a client from before is replaced, and what it was registered with is not used', async ({
    provider,
    start,
    directory,
    browser,
  }) => {
    equip(provider)
    const before = await start({
      directory,
      relyingParty: { metadata: { token_endpoint_auth_method: 'client_secret_basic' } },
    })
    await expectSignIn({ app: before, browser })
    await before.close()
    signWith(provider, 'PS256')
    const app = await start({ directory, relyingParty: fapi2 })
    await expectSignIn({ app, browser })
    expect([...provider.clients.values()].map(client => client.token_endpoint_auth_method)).toEqual([
      'client_secret_basic',
      'private_key_jwt',
    ])
  })
})
