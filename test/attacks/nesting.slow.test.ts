import { describe, expect } from 'vitest'
import { expectRefusal, expectSignIn, test } from '../support/flow.ts'
import type { Endpoint } from '../support/scripted-provider/endpoints.ts'
import type { Answer, ScriptedProvider } from '../support/scripted-provider.ts'

type Refusal = readonly [status: number, code: string]

const UNAVAILABLE = [503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'] as const

/** Lists in lists, as text: JSON.stringify cannot print them. */
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

/** What an endpoint usually answers, with one more member that is nested. */
function nesting(provider: ScriptedProvider, endpoint: Endpoint, levels: number): Answer {
  return async (request, response) => {
    const end = response.end.bind(response)
    response.end = ((body: unknown) => end(String(body).replace('{', `{"deep":${nested(levels)},`))) as never
    await provider.usualAnswer(endpoint)(request, response)
  }
}

describe.for<readonly [Endpoint, Refusal]>([
  ['discovery', UNAVAILABLE],
  ['register', [503, 'ERR_OIDC_REGISTRATION_FAILED']],
  ['jwks', UNAVAILABLE],
  ['token', UNAVAILABLE],
  ['userinfo', [502, 'ERR_OIDC_USER_INFO_UNAVAILABLE']],
])('an answer of the endpoint %s', ([endpoint, expected]) => {
  test.for([65, 5_000, 200_000])(
    'that is nested in %i levels is refused, and no stack is exhausted',
    async (levels, { provider, start, browser }) => {
      provider.answer(endpoint, nesting(provider, endpoint, levels))
      const app = await start()
      await expectRefusal(await browser.open(`${app.url}/private`), expected, { app, browser })
      expect(app.log.join('\n')).toMatch(/nested more than 64 levels deep/)
      provider.behave()
      await expectSignIn({ app: await start(), browser })
    },
  )

  test('that is nested in 60 levels signs the user in', async ({ provider, app, browser }) => {
    provider.answer(endpoint, nesting(provider, endpoint, 60))
    await expectSignIn({ app, browser })
  })
})

describe('an ID token', () => {
  const forge = (provider: ScriptedProvider, levels: number): void => {
    provider.idToken = (claims, header) => ({
      claims: { ...claims, deep: JSON.parse(nested(levels)) },
      header,
    })
  }

  test('whose claims are nested in 65 levels signs nobody in', async ({ provider, app, browser }) => {
    forge(provider, 65)
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, [400, 'ERR_OIDC_ID_TOKEN_INVALID'], { app, browser })
    expect(app.log.join('\n')).toContain('its claims are nested more than 64 levels deep')
    provider.behave()
    await expectSignIn({ app, browser })
  })

  test('whose claims are nested in 60 levels signs the user in', async ({ provider, app, browser }) => {
    forge(provider, 60)
    await expectSignIn({ app, browser })
  })
})
