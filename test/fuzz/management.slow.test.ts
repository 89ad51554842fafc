import fc from 'fast-check'
import { memoryStore } from '../../src/index.ts'
import { startApp } from '../support/app.ts'
import { Browser } from '../support/browser.ts'
import { test } from '../support/flow.ts'
import { type AnyAnswer, anyAnswer, sendAny } from '../support/fuzz/answers.ts'
import { expectAlive, expectOidcError, expectRefusalPage, insidePage, watch } from '../support/fuzz/oracle.ts'
import { fuzz, LONGEST, type Outcome } from '../support/fuzz/property.ts'
import { type Change, changed, changesOf } from '../support/fuzz/values.ts'
import type { ScriptedProvider } from '../support/scripted-provider.ts'

const members = [
  ...['client_id', 'client_secret', 'client_secret_expires_at', 'registration_access_token', 'redirect_uris'],
  ...[
    'registration_client_uri',
    'scope',
    'token_endpoint_auth_method',
    'jwks',
    'grant_types',
    'metadata',
    'error',
  ],
  ...['post_logout_redirect_uris', 'id_token_signed_response_alg', 'response_types', '__proto__'],
]

type Input = readonly [
  method: 'client_secret_basic' | 'private_key_jwt',
  given: AnyAnswer | readonly Change[],
]

test('whatever the provider answers to a rotation, it is done or says why not', { timeout: LONGEST }, async ({
  provider,
}) => {
  provider.metadata['token_endpoint_auth_signing_alg_values_supported'] = ['ES256'] // whose keys are made fast
  await fuzz<Input>('rotations', {
    inputs: fc.tuple(
      fc.constantFrom('client_secret_basic', 'private_key_jwt'),
      fc.oneof(anyAnswer, changesOf(members)),
    ),
    twins: [
      ['private_key_jwt', []],
      ['client_secret_basic', []],
    ],
    runs: 60,
    async attempt([method, given]): Promise<Outcome> {
      const log: string[] = []
      const app = await startApp(provider.issuer, {
        after: insidePage,
        relyingParty: {
          store: memoryStore(),
          log: line => log.push(line),
          metadata: { token_endpoint_auth_method: method },
          providerTimeout: 20,
        },
      })
      const watched = watch(log)
      try {
        await app.rp.ready()
        answerWith(provider, given)
        const failure: unknown = await app.rp.rotate().then(
          () => undefined,
          error => error,
        )
        if (failure !== undefined) expectOidcError(failure)
        provider.behave()
        const page = await new Browser().open(`${app.url}/inside`)
        if (page.text !== 'inside') expectRefusalPage(page)
        watched.check()
        await expectAlive(app)
        return failure === undefined && page.text === 'inside' ? 'accepted' : 'refused'
      } finally {
        provider.behave()
        await app.close()
        watched.end()
      }
    },
  })
})

/** The provider does what it is asked for, and answers with something else; or it only answers. */
function answerWith(provider: ScriptedProvider, given: AnyAnswer | readonly Change[]): void {
  const usual = provider.usualAnswer('client')
  if ('status' in given) provider.answer('client', sendAny(given))
  else
    provider.answer('client', async (request, response) => {
      const end = response.end.bind(response)
      response.end = ((body?: string) =>
        end(body ? JSON.stringify(changed(JSON.parse(body) as object, given)) : body)) as never
      await usual(request, response)
    })
}
