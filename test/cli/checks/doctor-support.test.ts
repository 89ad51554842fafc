import { describe, expect } from 'vitest'
import { findingOf } from '../../support/cli/command-line.ts'
import { test } from '../../support/cli/examine.ts'
import type { ScriptedProvider } from '../../support/scripted-provider.ts'

interface Row {
  readonly wrong: string
  readonly options: object
  readonly metadata: (issuer: string) => Readonly<Record<string, unknown>>
  readonly check: string
  readonly state: 'failed' | 'warning'
  readonly says: readonly string[]
  /** What the provider says in the twin, which passes. */
  readonly twin: (issuer: string) => Readonly<Record<string, unknown>>
}

const rows: readonly Row[] = [
  {
    wrong: 'form_post at a provider that does not list it',
    options: { responseMode: 'form_post' },
    metadata: () => ({ response_modes_supported: ['query', 'fragment'] }),
    check: 'support',
    state: 'failed',
    says: ['the response mode form_post', "options.responseMode: 'query'"],
    twin: () => ({ response_modes_supported: ['query', 'form_post'] }),
  },
  {
    wrong: 'signed responses as a form at a provider that lists only others',
    options: { responseMode: 'form_post.jwt' },
    metadata: () => ({ response_modes_supported: ['query', 'query.jwt'] }),
    check: 'support',
    state: 'failed',
    says: ['the response mode form_post.jwt', "options.responseMode: 'jwt'"],
    twin: () => ({ response_modes_supported: ['query', 'form_post.jwt'] }),
  },
  {
    wrong: 'signed responses at a provider that does not list them',
    options: { responseMode: 'jwt' },
    metadata: () => ({ response_modes_supported: ['query', 'form_post.jwt'] }),
    check: 'support',
    state: 'failed',
    says: ['the response mode jwt', "options.responseMode: 'query'"],
    twin: () => ({ response_modes_supported: ['query', 'query.jwt'] }),
  },
  {
    wrong: 'offline_access at a provider that does not list it',
    options: { scope: 'openid offline_access' },
    metadata: () => ({ scopes_supported: ['openid', 'profile'] }),
    check: 'support',
    state: 'warning',
    says: ['there may be no refresh token'],
    twin: () => ({ scopes_supported: undefined }),
  },
  {
    wrong: 'a client authentication that the provider does not list',
    options: { metadata: { token_endpoint_auth_method: 'private_key_jwt' } },
    metadata: () => ({ token_endpoint_auth_methods_supported: ['client_secret_basic'] }),
    check: 'support',
    state: 'failed',
    says: ['private_key_jwt', 'leave it out'],
    twin: () => ({ token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'] }),
  },
  {
    wrong: 'front-channel logout at a provider without it',
    options: { routes: { frontchannelLogout: '/frontchannel-logout' } },
    metadata: () => ({ frontchannel_logout_supported: undefined }),
    check: 'support',
    state: 'warning',
    says: ['does not say that it has front-channel logout'],
    twin: () => ({ frontchannel_logout_supported: true }),
  },
  {
    wrong: 'revocation without an endpoint for it',
    options: { revokeOnLogout: true },
    metadata: () => ({ revocation_endpoint: undefined }),
    check: 'endpoints',
    state: 'warning',
    says: ['names no revocation_endpoint', 'options.revokeOnLogout cannot'],
    twin: issuer => ({ revocation_endpoint: `${issuer}/revoke` }),
  },
  {
    wrong: 'opaque access tokens without an endpoint for them',
    options: { bearer: { audience: 'https://api.example' } },
    metadata: () => ({ introspection_endpoint: undefined }),
    check: 'endpoints',
    state: 'warning',
    says: ['names no introspection_endpoint', 'options.bearer refuses'],
    twin: issuer => ({ introspection_endpoint: `${issuer}/introspect` }),
  },
  {
    wrong: 'a UserInfo endpoint where nothing is',
    options: {},
    metadata: issuer => ({ userinfo_endpoint: `${issuer}/nothing` }),
    check: 'endpoints',
    state: 'failed',
    says: ['userinfo_endpoint', 'HTTP 404', 'options.endpoints.userinfo_endpoint'],
    twin: issuer => ({ userinfo_endpoint: `${issuer}/userinfo` }),
  },
  {
    wrong: 'an endpoint for pushed requests that fails at a provider that requires them',
    options: {},
    metadata: () => ({
      require_pushed_authorization_requests: true,
      pushed_authorization_request_endpoint: 'http://127.0.0.1:1/par',
    }),
    check: 'endpoints',
    state: 'failed',
    says: ['pushed_authorization_request_endpoint', 'does not answer'],
    twin: () => ({ require_pushed_authorization_requests: false }),
  },
  {
    wrong: 'an authorization endpoint where nothing is',
    options: {},
    metadata: issuer => ({ authorization_endpoint: `${issuer}/nothing` }),
    check: 'endpoints',
    state: 'failed',
    says: ['authorization_endpoint', 'HTTP 404'],
    twin: issuer => ({ authorization_endpoint: `${issuer}/authorize` }),
  },
]

function say(provider: ScriptedProvider, members: Readonly<Record<string, unknown>>): void {
  Object.assign(provider.metadata, members)
}

describe('what the options need and the provider does not have', () => {
  test.for(rows)('$wrong', async ({ options, metadata, check, state, says, twin }, { provider, examine }) => {
    say(provider, metadata(provider.issuer))
    const ran = await examine(options)
    const finding = findingOf(ran, check)
    expect([ran.code, finding?.['state']]).toEqual([state === 'failed' ? 1 : 0, state])
    for (const said of says) expect(`${finding?.['sentence']} ${finding?.['fix']}`).toContain(said)
    say(provider, twin(provider.issuer))
    expect(findingOf(await examine(options), check)?.['state']).toBe('passed')
  })
})

describe('front-channel logout', () => {
  const options = { routes: { frontchannelLogout: '/frontchannel-logout' } }
  const fix = expect.stringContaining('Leave out options.routes.frontchannelLogout')

  test('at Keycloak would switch the back channel off', async ({ provider, examine }) => {
    provider.metadata.authorization_endpoint = `${provider.issuer}/protocol/openid-connect/auth`
    const sentence = expect.stringContaining('Keycloak sends no logout tokens')
    expect(findingOf(await examine(options), 'support')).toMatchObject({ state: 'warning', sentence, fix })
    expect(findingOf(await examine({}), 'support')).toMatchObject({ state: 'passed' })
  })

  test('at Hydra would slow sign-outs down', async ({ hydra, examine }) => {
    const sentence = expect.stringContaining('a page of frames')
    const at = { issuer: hydra.issuer }
    expect(findingOf(await examine({ ...options, ...at }), 'support')).toMatchObject({
      state: 'warning',
      sentence,
      fix,
    })
    expect(findingOf(await examine(at), 'support')).toMatchObject({ state: 'passed' })
  })
})
