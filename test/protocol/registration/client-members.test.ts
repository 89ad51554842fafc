import { describe, expect } from 'vitest'
import { type OAuth2Client, OidcApi, type OidcError } from '../../../src/index.ts'
import { verifyClientMetadata } from '../../../src/protocol/registration/client-metadata-rules.ts'
import { test } from '../../support/flow.ts'
import { credentials, REDIRECT_URI } from '../../support/providers/operations.ts'

function problemWith(client: object, operation: 'create' | 'set' = 'create'): string | undefined {
  try {
    verifyClientMetadata(client as OAuth2Client, operation)
    return undefined
  } catch (error) {
    expect((error as OidcError).code).toBe('ERR_OIDC_CLIENT_METADATA_INVALID')
    return (error as OidcError).message
  }
}

const ADMIN = 'may only be set by an administrator of the provider, not by a client that registers itself'

const adminOnly: readonly (readonly [string, unknown])[] = [
  ['access_token_strategy', 'jwt'],
  ['access_token_strategy', 'opaque'],
  ['metadata', {}],
  ['metadata', { team: 'shop' }],
  ['metadata', null],
  ['skip_consent', true],
  ['skip_logout_consent', true],
]

describe('what a client may not set for itself', () => {
  test.for(adminOnly)('is %s: %j, and it says why', ([member, value]) => {
    expect(problemWith({ [member]: value })).toBe(`${member} ${ADMIN}.`)
    expect(problemWith({ [member]: value }, 'set')).toBe(`${member} ${ADMIN}.`)
  })

  test.for(['skip_consent', 'skip_logout_consent'])('is not %s: false', member => {
    expect(problemWith({ [member]: false })).toBeUndefined()
  })
})

const serverMade: readonly (readonly [string, unknown])[] = [
  ['client_id', 'mine'],
  ['client_secret', 'mine'],
  ['client_secret_expires_at', 0],
  ['created_at', '2026-01-01T00:00:00Z'],
  ['updated_at', '2026-01-01T00:00:00Z'],
  ['registration_access_token', 'mine'],
  ['registration_client_uri', 'https://op.example/oauth2/register/mine'],
  ['client_id_issued_at', 1],
]

describe('what the provider makes', () => {
  test.for(serverMade)('cannot be in a registration: %s', ([member, value]) => {
    expect(problemWith({ [member]: value })).toBe(`${member} is set by the provider: leave it out.`)
  })

  test.for(serverMade)('may come back in a replacement: %s', ([member, value]) => {
    expect(problemWith({ [member]: value }, 'set')).toBeUndefined()
  })
})

const wrong: readonly (readonly [string, unknown, RegExp])[] = [
  ['client_name', 7, /must be a string/],
  ['owner', null, /must be a string/],
  ['scope', ['openid'], /must be a string/],
  ['token_endpoint_auth_method', true, /must be a string/],
  ['token_endpoint_auth_signing_alg', 256, /must be a string/],
  ['request_object_signing_alg', {}, /must be a string/],
  ['userinfo_signed_response_alg', [], /must be a string/],
  ['id_token_signed_response_alg', 256, /must be a string/],
  ['audience', 'api', /must be an array/],
  ['audience', [7], /must be a string/],
  ['contacts', 'ops@app.example', /must be an array/],
  ['contacts', [null], /must be a string/],
  ['grant_types', 'authorization_code', /must be an array/],
  ['response_types', 'code', /must be an array/],
  ['request_uris', ['request.jwt'], /absolute URI/],
  ['backchannel_logout_session_required', 'true', /must be true or false/],
  ['frontchannel_logout_session_required', 1, /must be true or false/],
  ['subject_type', 'private', /must be public or pairwise/],
  ['subject_type', ['public'], /must be public or pairwise/],
]

describe('a value of the wrong kind', () => {
  test.for(wrong)('is refused: %s %j', ([member, value, rule]) => {
    expect(problemWith({ [member]: value })).toMatch(rule)
    expect(problemWith({ [member]: value })).toMatch(new RegExp(`^${member} `))
  })

  test.for([[undefined], [null], ['client'], [[]], [7]])(
    'is refused: %j in place of a client',
    async ([client], { provider }) => {
      const api = new OidcApi({ issuer: provider.issuer })
      const refused = { code: 'ERR_OIDC_CLIENT_METADATA_INVALID' }
      await expect(api.createOidcDynamicClient(client as never)).rejects.toMatchObject(refused)
      await expect(api.setOidcDynamicClient(credentials, client as never)).rejects.toMatchObject(refused)
    },
  )
})

describe('nothing is sent', () => {
  test('of a client that is refused here', async ({ provider }) => {
    const api = new OidcApi({ issuer: provider.issuer })
    const bad = { redirect_uris: ['/callback'] }
    const refused = { code: 'ERR_OIDC_CLIENT_METADATA_INVALID' }
    await expect(api.createOidcDynamicClient(bad)).rejects.toMatchObject(refused)
    await expect(api.setOidcDynamicClient(credentials, bad)).rejects.toMatchObject(refused)
    expect([...provider.requestsTo('register'), ...provider.requestsTo('client')]).toEqual([])
  })

  test.for(['registration_access_token', 'client_secret'] as const)(
    'without %s, when it is needed',
    async (member, { provider }) => {
      const { [member]: _, ...rest } = credentials
      const managedWith = member === 'client_secret' ? 'client_secret_post' : 'registration_access_token'
      const api = new OidcApi({ issuer: provider.issuer, managedWith })
      const refused = {
        code: 'ERR_OIDC_CLIENT_METADATA_INVALID',
        message: expect.stringContaining(`${member} is missing`),
      }
      await expect(api.getOidcDynamicClient(rest as typeof credentials)).rejects.toMatchObject(refused)
      expect(provider.requestsTo('client')).toEqual([])
    },
  )

  test('is changed on its way: what is undefined is left out, the rest is as given', async ({ provider }) => {
    const asked: Readonly<Record<string, unknown>> = {
      redirect_uris: [REDIRECT_URI],
      client_name: undefined,
      software_statement: 'a.b.c',
    }
    await new OidcApi({ issuer: provider.issuer }).createOidcDynamicClient(asked)
    expect(JSON.parse(provider.requestsTo('register')[0]?.body ?? '')).toEqual({
      redirect_uris: [REDIRECT_URI],
      software_statement: 'a.b.c',
    })
  })
})
