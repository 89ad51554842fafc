import { expect } from 'vitest'
import { requireUser } from '../../../src/index.ts'
import { askToken } from '../../support/tokens/token-routes.ts'
import type { FlowApp, FlowContext } from '../matrix/flow.ts'
import { PersonalBrowser, visit } from '../matrix/person.ts'
import { facts } from '../matrix/providers.ts'
import { testFlows } from '../matrix/test-flows.ts'
import type { ApiTokens } from '../servers/administration.ts'

testFlows({
  async 'accepts access tokens that are JWTs'(context) {
    await acceptsTokens(context, 'jwt')
  },

  async 'accepts access tokens by introspection'(context) {
    await acceptsTokens(context, 'opaque')
  },
})

/** An API takes the tokens that another app got for it, and no others of that provider. */
async function acceptsTokens(context: FlowContext, format: ApiTokens['format']): Promise<void> {
  const audience = `https://${format}.api.example`
  const api = await startApi(context, audience, format)
  const [apiClient = ''] = await api.clients()
  const right = await fetchToken(context, { format, audience, apiClient })
  const answer = await call(api, right.token)
  expect([answer.status, answer.user?.['sub']], api.log.join('\n')).toEqual([200, right.sub])

  const other = await fetchToken(context)
  expect(await call(api, other.token)).toMatchObject({ status: 401 })
  expect(await call(api, '')).toMatchObject({ status: 401 })
}

function startApi(
  { start, provider }: FlowContext,
  audience: string,
  format: ApiTokens['format'],
): Promise<FlowApp> {
  const { introspectionEndpoint } = provider
  const { hasUntypedTokens = false } = facts[provider.name]
  return start({
    relyingParty: {
      bearer: {
        audience,
        introspection: format === 'jwt' ? 'never' : 'always',
        allowUntypedTokens: hasUntypedTokens,
      },
      ...(introspectionEndpoint && { endpoints: { introspection_endpoint: introspectionEndpoint } }),
    },
    after: router => router.get('/api', requireUser(), (req, res) => void res.json(req.user)),
  })
}

/** Signs alice in at an app that asks for the tokens of an API, or for none. */
async function fetchToken(
  { start, provider }: FlowContext,
  tokens?: ApiTokens,
): Promise<{ readonly token: string; readonly sub: unknown }> {
  const { audienceParameter } = facts[provider.name]
  const authorizationParameters = tokens && audienceParameter ? { [audienceParameter]: tokens.audience } : {}
  // A token for an API is not one for UserInfo.
  const app = await start({ relyingParty: { userInfo: { when: 'lazily' }, authorizationParameters } })
  const [client = ''] = await app.clients()
  if (tokens) await provider.administration.issueTokens?.(client, tokens)
  const browser = new PersonalBrowser()
  expect((await visit(browser, app)).status, app.log.join('\n')).toBe(200)
  const { token = '' } = await askToken(app, browser)
  return { token, sub: (await app.userOf(browser))?.['sub'] }
}

async function call(app: FlowApp, token: string) {
  const response = await fetch(`${app.url}/api`, {
    headers: { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
  })
  const text = await response.text()
  return {
    status: response.status,
    user: response.ok ? (JSON.parse(text) as Record<string, unknown>) : undefined,
  }
}
