import fc from 'fast-check'
import { expect } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { startApp } from '../support/app.ts'
import { Browser } from '../support/browser.ts'
import { locationOf, test } from '../support/flow.ts'
import { expectAlive, expectRefusalPage, insidePage, outcomeOf, watch } from '../support/fuzz/oracle.ts'
import { fuzz, LONGEST, type Outcome } from '../support/fuzz/property.ts'
import { anyJson, type Change, changed, changesOf } from '../support/fuzz/values.ts'
import type { ScriptedProvider } from '../support/scripted-provider.ts'

interface Target {
  readonly path: string
  readonly members: readonly string[]
  readonly apply?: (answer: object, changes: readonly Change[]) => unknown
}

const jwk = (answer: object, changes: readonly Change[]): unknown => {
  const { keys } = answer as { readonly keys: readonly object[] }
  return { keys: keys.map(key => changed(key, changes)) }
}

const targets: readonly (readonly [name: string, target: Target])[] = [
  [
    'discovery',
    {
      path: '/.well-known/openid-configuration',
      members: [
        ...['issuer', 'authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri'],
        ...['registration_endpoint', 'end_session_endpoint', 'revocation_endpoint', 'scopes_supported'],
        ...['response_types_supported', 'response_modes_supported', 'grant_types_supported'],
        ...['id_token_signing_alg_values_supported', 'token_endpoint_auth_methods_supported'],
        ...['token_endpoint_auth_signing_alg_values_supported', 'code_challenge_methods_supported'],
        ...['authorization_response_iss_parameter_supported', 'require_pushed_authorization_requests'],
        ...['pushed_authorization_request_endpoint', 'introspection_endpoint', 'mtls_endpoint_aliases'],
        ...['backchannel_logout_supported', 'frontchannel_logout_supported', 'claims_supported'],
        ...['supportsPKCE', 'dpop_signing_alg_values_supported', '__proto__', 'constructor'],
      ],
    },
  ],
  [
    'registration',
    {
      path: '/register',
      members: [
        ...['client_id', 'client_secret', 'client_secret_expires_at', 'client_id_issued_at'],
        ...['registration_access_token', 'registration_client_uri', 'redirect_uris', 'grant_types'],
        ...['response_types', 'scope', 'token_endpoint_auth_method', 'token_endpoint_auth_signing_alg'],
        ...[
          'id_token_signed_response_alg',
          'userinfo_signed_response_alg',
          'post_logout_redirect_uris',
          'jwks',
        ],
        ...[
          'require_pushed_authorization_requests',
          'id_token_encrypted_response_alg',
          'client_name',
          'error',
        ],
        ...[
          'metadata',
          'backchannel_logout_uri',
          '__proto__',
          'application_type',
          'dpop_bound_access_tokens',
        ],
      ],
    },
  ],
  [
    'a key',
    {
      path: '/jwks',
      members: [
        'kty',
        'kid',
        'use',
        'alg',
        'n',
        'e',
        'key_ops',
        'd',
        'k',
        'crv',
        'x',
        'issuer',
        'x5c',
        'ext',
      ],
      apply: jwk,
    },
  ],
  ['the key set', { path: '/jwks', members: ['keys', '__proto__'] }],
]

test.for(targets)(
  'whatever %s holds, it is read or refused',
  { timeout: LONGEST },
  async ([name, target], { provider }) => {
    provider.metadata['token_endpoint_auth_signing_alg_values_supported'] = ['ES256'] // whose keys are made fast
    await fuzz(name, {
      inputs: changesOf(target.members),
      twins: [[]],
      runs: 60,
      attempt: changes => startWith(provider, target, changes),
    })
  },
)

test('whatever the whole of an answer is, it is read or refused', { timeout: LONGEST }, async ({
  provider,
}) => {
  provider.metadata['token_endpoint_auth_signing_alg_values_supported'] = ['ES256']
  const target = fc.constantFrom(...targets.map(([, { path }]) => path))
  await fuzz('whole answers', {
    inputs: fc.tuple(
      target,
      fc.option(
        anyJson.map(set => ({ set })),
        { nil: undefined },
      ),
    ),
    twins: [['/jwks', undefined]],
    runs: 60,
    attempt: ([path, whole]) =>
      startWith(provider, { path, members: [], apply: answer => (whole ? whole.set : answer) }, []),
  })
})

/** Starts an app at a provider whose answers are changed on the way, and signs in there. */
async function startWith(
  provider: ScriptedProvider,
  { path, apply = changed }: Target,
  changes: readonly Change[],
): Promise<Outcome> {
  const log: string[] = []
  const app = await startApp(provider.issuer, {
    after: insidePage,
    relyingParty: {
      store: memoryStore(),
      log: line => log.push(line),
      start: 'first-use',
      providerTimeout: 20, // a request gets the outcome of the first attempt
      async fetch(url, init) {
        const response = await fetch(url, init)
        if (new URL(url).pathname !== path || !response.ok) return response
        const { status, headers } = response
        return new Response(JSON.stringify(apply((await response.json()) as object, changes)), {
          status,
          headers,
        })
      },
    },
  })
  const watched = watch(log)
  try {
    const outcome = await signIn(app, provider)
    watched.check()
    await expectAlive(app)
    await new Browser().open(`${app.url}/logout`, { follow: false })
    expect(JSON.stringify(app.rp.status())).toContain(provider.issuer)
    return outcome
  } finally {
    await app.close()
    watched.end()
  }
}

async function signIn(
  app: Awaited<ReturnType<typeof startApp>>,
  { issuer }: ScriptedProvider,
): Promise<Outcome> {
  const browser = new Browser()
  const start = await browser.open(`${app.url}/private`, { follow: false })
  if (start.status !== 303) {
    expectRefusalPage(start)
    return 'refused'
  }
  const asked = locationOf(start)
  if (asked.origin !== issuer) return 'refused' // the provider's own document sends the browser there
  const answer = await browser.open(asked.href, { follow: false })
  if (answer.status !== 303) return 'refused' // the provider does not know what was asked for
  const page = await browser.open(locationOf(answer).href, { follow: false })
  return outcomeOf(page, { app, browser })
}
