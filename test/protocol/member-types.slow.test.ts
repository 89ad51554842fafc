import { describe, expect } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { expectRefusal, expectSignIn, test } from '../support/flow.ts'
import { unprintable } from '../support/fuzz/oracle.ts'
import { json, type ScriptedProvider } from '../support/scripted-provider.ts'

// What becomes of a member of a provider's answer that has another type than it should: each value that is none of the right
// types has the same outcome. Nobody is signed in by a refused one; "ignored" means as if it had not been sent.

type Type = 'string' | 'number' | 'boolean' | 'list' | 'object'
type Outcome = 'ignored' | readonly [status: number, code: string]

const values: readonly (readonly [type: Type, value: unknown])[] = [
  ['string', 'a\u001b[31m\u2028\u202etext'],
  ['number', 7],
  ['boolean', true],
  ['list', [7]],
  ['object', {}],
  ['object', { toString: 1, valueOf: 1 }], // String() would throw
]

const DISCOVERY: Outcome = [503, 'ERR_OIDC_DISCOVERY_INVALID']
const UNREADABLE: Outcome = [503, 'ERR_OIDC_PROVIDER_UNAVAILABLE']
const REGISTRATION: Outcome = [503, 'ERR_OIDC_REGISTRATION_REFUSED']
const TOKENS: Outcome = [502, 'ERR_OIDC_TOKEN_RESPONSE_INVALID']
const ID_TOKEN: Outcome = [400, 'ERR_OIDC_ID_TOKEN_INVALID']
const USER_INFO: Outcome = [400, 'ERR_OIDC_USER_INFO_INVALID']

type Row = readonly [member: string, rightTypes: readonly Type[], outcome: Outcome]
type Change = (provider: ScriptedProvider, member: string, value: unknown) => void

const tables: readonly (readonly [answer: string, change: Change, rows: readonly Row[]])[] = [
  [
    'discovery',
    (provider, member, value) => void Object.assign(provider.metadata, { [member]: value }),
    [
      ['issuer', ['string'], UNREADABLE],
      ['authorization_endpoint', [], DISCOVERY],
      ['token_endpoint', [], DISCOVERY],
      ['userinfo_endpoint', [], DISCOVERY],
      ['jwks_uri', [], DISCOVERY],
      ['registration_endpoint', [], DISCOVERY],
      ['end_session_endpoint', [], DISCOVERY],
      ['revocation_endpoint', [], 'ignored'],
      ['introspection_endpoint', [], 'ignored'],
      ['pushed_authorization_request_endpoint', [], 'ignored'],
      ['scopes_supported', [], DISCOVERY],
      ['response_types_supported', [], DISCOVERY],
      ['response_modes_supported', [], DISCOVERY],
      ['code_challenge_methods_supported', [], DISCOVERY],
      ['id_token_signing_alg_values_supported', [], DISCOVERY],
      ['token_endpoint_auth_methods_supported', [], DISCOVERY],
      ['token_endpoint_auth_signing_alg_values_supported', [], DISCOVERY],
      ['authorization_response_iss_parameter_supported', ['boolean'], 'ignored'],
      ['require_pushed_authorization_requests', ['boolean'], 'ignored'],
      ['claims_supported', [], 'ignored'],
    ],
  ],
  [
    'registration',
    (provider, member, value) => {
      const usual = provider.usualAnswer('register')
      provider.answer('register', async (request, response) => {
        const end = response.end.bind(response)
        response.end = ((body: string) =>
          end(JSON.stringify({ ...JSON.parse(body), [member]: value }), 'utf8')) as never
        await usual(request, response)
      })
    },
    [
      ['client_id', ['string'], REGISTRATION],
      ['client_secret', ['string'], 'ignored'],
      ['client_secret_expires_at', ['number'], 'ignored'],
      ['registration_access_token', ['string'], 'ignored'],
      ['registration_client_uri', ['string'], 'ignored'],
      ['redirect_uris', [], 'ignored'],
      ['post_logout_redirect_uris', [], 'ignored'],
      ['grant_types', [], 'ignored'],
      ['response_types', [], 'ignored'],
      ['scope', ['string'], 'ignored'],
      ['token_endpoint_auth_method', ['string'], 'ignored'],
      ['token_endpoint_auth_signing_alg', ['string'], 'ignored'],
      ['id_token_signed_response_alg', ['string'], 'ignored'],
      ['userinfo_signed_response_alg', ['string'], 'ignored'],
      ['jwks', ['object'], 'ignored'],
      ['client_name', ['string'], 'ignored'],
    ],
  ],
  [
    'the key set',
    ({ answer, keys }, member, value) =>
      answer(
        'jwks',
        json(member === 'keys' ? { keys: value } : { keys: keys.map(key => ({ ...key, [member]: value })) }),
      ),
    [
      ['keys', [], UNREADABLE],
      ['kty', [], UNREADABLE],
      ['use', [], UNREADABLE],
      ['kid', [], ID_TOKEN],
      ['alg', ['string'], ID_TOKEN],
      ['n', ['string'], UNREADABLE],
      ['key_ops', [], ID_TOKEN],
    ],
  ],
  [
    'the token response',
    (provider, member, value) => {
      provider.tokenResponse = body => ({ ...body, [member]: value })
    },
    [
      ['access_token', ['string'], TOKENS],
      ['token_type', [], TOKENS],
      ['id_token', ['string'], TOKENS],
      ['refresh_token', ['string'], TOKENS],
      ['scope', ['string'], TOKENS],
      ['expires_in', ['number', 'string'], TOKENS],
      ['vendor', [], 'ignored'],
    ],
  ],
  [
    'the ID token',
    (provider, member, value) => {
      provider.idToken = (claims, header) => ({ claims: { ...claims, [member]: value }, header })
    },
    [
      ['iss', [], ID_TOKEN],
      ['sub', ['string'], ID_TOKEN],
      ['aud', [], ID_TOKEN],
      ['azp', [], ID_TOKEN],
      ['exp', ['number'], ID_TOKEN],
      ['iat', ['number'], ID_TOKEN],
      ['nbf', ['number'], ID_TOKEN],
      ['auth_time', ['number'], ID_TOKEN],
      ['nonce', [], ID_TOKEN],
      ['sid', ['string'], ID_TOKEN],
      ['at_hash', [], ID_TOKEN],
      ['acr', [], 'ignored'],
      ['amr', [], 'ignored'],
      ['events', [], 'ignored'],
      ['email_verified', [], 'ignored'],
    ],
  ],
  [
    'the header of the ID token',
    (provider, member, value) => {
      provider.idToken = (claims, header) => ({ claims, header: { ...header, [member]: value } })
    },
    [
      ['typ', [], ID_TOKEN],
      ['kid', [], ID_TOKEN],
      ['cty', [], 'ignored'],
    ],
  ],
  [
    'UserInfo',
    ({ answer }, member, value) => answer('userinfo', json({ sub: 'user-1', [member]: value })),
    [
      ['sub', [], USER_INFO],
      ['iss', [], 'ignored'],
      ['email_verified', [], 'ignored'],
      ['updated_at', [], 'ignored'],
      ['_claim_names', [], 'ignored'],
    ],
  ],
]

for (const [answer, change, rows] of tables)
  describe(`of ${answer}`, () => {
    describe.each(rows)('%s', (member, rightTypes, outcome) => {
      const wrong = values.filter(([type]) => !rightTypes.includes(type))

      test.for(wrong)('that is a %s: %j', async ([, value], { provider, start, browser }) => {
        provider.metadata['token_endpoint_auth_signing_alg_values_supported'] = ['ES256'] // whose keys are made fast
        change(provider, member, value)
        const app = await start({ relyingParty: { store: memoryStore() } })
        if (outcome === 'ignored') return expectSignIn({ app, browser })
        await expectRefusal(await browser.open(`${app.url}/private`), outcome, { app, browser })
        expect(app.log.join('\n')).toContain(outcome[1])
        for (const line of app.log) expect(line).not.toMatch(unprintable)
      })
    })
  })
