import { describe, expect } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { movableSpans } from '../../support/clock.ts'
import { expectRefusal, expectSignIn, test } from '../../support/flow.ts'
import {
  json,
  redirectTo,
  type ScriptedProvider,
  scriptedProvider,
  status,
} from '../../support/scripted-provider.ts'
import { toldEvents } from '../../support/told-events.ts'

const often = { rediscoverEvery: 0.05 }
const never = { rediscoverEvery: false } as const
const endpoints = ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri'] as const

/** Moves every endpoint to another server, which has other keys, and closes the old ones. */
async function moveTo(other: ScriptedProvider, from: ScriptedProvider): Promise<void> {
  await other.rotateKeys() // providers of one process share their first key
  for (const name of endpoints) from.metadata[name] = other.metadata[name]
  for (const client of from.clients.values()) other.clients.set(String(client.client_id), client)
  other.idToken = (claims, header) => ({ claims: { ...claims, iss: from.issuer }, header })
  from.metadata.authorization_response_iss_parameter_supported = undefined
  const usual = other.usualAnswer('authorize')
  other.answer('authorize', (request, response) => {
    const writeHead = response.writeHead.bind(response)
    response.writeHead = ((code: number, headers: { location?: string }) =>
      writeHead(code, {
        ...headers,
        location: headers.location?.replace(
          encodeURIComponent(other.issuer),
          encodeURIComponent(from.issuer),
        ),
      })) as never
    return usual(request, response)
  })
}

const basic = { metadata: { token_endpoint_auth_method: 'client_secret_basic' } }

describe('a provider that moves', () => {
  test('is followed in the background, with its keys', async ({
    provider,
    start,
    browser,
    onTestFinished,
  }) => {
    const other = await scriptedProvider()
    onTestFinished(() => other.close())
    const app = await start({ relyingParty: { ...basic, ...often } })
    await expectSignIn({ app, browser })
    await moveTo(other, provider)
    await expect.poll(() => app.log.join('\n')).toMatch(/has changed, and is in use: .*token_endpoint/)
    await expectSignIn({ app, browser: new Browser() })
    expect(other.requestsTo('token')).toHaveLength(1)
  })

  test('is not followed to a place without keys, until they are there', async ({
    provider,
    start,
    browser,
    onTestFinished,
  }) => {
    const other = await scriptedProvider()
    onTestFinished(() => other.close())
    const app = await start({ relyingParty: { ...basic, ...often } })
    await expectSignIn({ app, browser })
    other.answer('jwks', status(503))
    await moveTo(other, provider)
    await expect.poll(() => app.log.join('\n')).toMatch(/keys could not be read .* stays in use/)
    await expectSignIn({ app, browser: new Browser() })
    expect(other.requestsTo('token')).toHaveLength(0)
    other.answer('jwks', undefined)
    await expect.poll(() => app.log.join('\n')).toContain('has changed, and is in use')
    await expectSignIn({ app, browser: new Browser() })
  })
})

test('new endpoints are not used before the keys can be read, even at the same address', async ({
  provider,
  start,
  browser,
}) => {
  const app = await start({ relyingParty: { ...basic, ...often } })
  await expectSignIn({ app, browser })
  provider.answer('jwks', status(503))
  provider.metadata.token_endpoint = `${provider.issuer}/moved`
  await expect.poll(() => app.log.join('\n')).toMatch(/keys could not be read .* stays in use/)
  await expectSignIn({ app, browser: new Browser() })
  expect(app.log.join('\n')).not.toContain('has changed')
  provider.metadata.token_endpoint = `${provider.issuer}/token?moved`
  provider.answer('jwks', undefined)
  await expect.poll(() => app.log.join('\n')).toMatch(/has changed, and is in use: .*token_endpoint/)
  await expectSignIn({ app, browser: new Browser() })
})

describe('an endpoint that answers with', () => {
  test.for([
    ['404', status(404)],
    ['410', status(410)],
    ['a redirect', redirectTo('https://other.example/')],
  ] as const)(
    '%s has the configuration read at once, and any other answer has not',
    async ([, answer], { provider, start, browser }) => {
      const app = await start({ relyingParty: never })
      await expectSignIn({ app, browser })
      const read = () => provider.requestsTo('discovery').length
      movableSpans()(11_000)
      provider.answer('userinfo', status(500))
      await new Browser().open(`${app.url}/private`)
      expect(read()).toBe(1)
      provider.answer('userinfo', answer)
      for (let visit = 0; visit < 3; visit++) await new Browser().open(`${app.url}/private`)
      await expect.poll(read).toBe(2)
    },
  )
})

describe('a configuration that cannot be read again', () => {
  test.for([
    ['is away', status(503)],
    ['names another issuer', json({ issuer: 'https://evil.example' })],
  ] as const)(
    'because it %s is said once, and users sign in as before',
    async ([, answer], { provider, start, browser }) => {
      const app = await start({ relyingParty: often })
      await expectSignIn({ app, browser })
      provider.answer('discovery', answer)
      await expect.poll(() => provider.requestsTo('discovery').length).toBeGreaterThan(4)
      await expectSignIn({ app, browser: new Browser() })
      const said = app.log.filter(line => line.includes('stays in use'))
      expect(said).toHaveLength(1)
    },
  )

  test('is an event at each attempt, and the first success after it is one', async ({ provider, start }) => {
    const told = toldEvents()
    const app = await start({ relyingParty: often })
    await app.rp.ready()
    const events = () => told.filter(({ name }) => name.startsWith('provider.'))
    expect(events().map(({ name }) => name)).toEqual(['provider.discovered'])

    provider.answer('discovery', status(503))
    await expect.poll(() => events().length).toBeGreaterThan(2)
    const error = expect.objectContaining({ code: 'ERR_OIDC_PROVIDER_UNAVAILABLE' })
    const message = { issuer: provider.issuer, error, retryIn: often.rediscoverEvery }
    for (const event of events().slice(1)) expect(event).toEqual({ name: 'provider.failed', message })

    provider.answer('discovery', undefined)
    await expect.poll(() => events().at(-1)?.name).toBe('provider.discovered')
    const [{ length }, read] = [events(), provider.requestsTo('discovery').length]
    await expect.poll(() => provider.requestsTo('discovery').length).toBeGreaterThan(read + 2)
    expect(events()).toHaveLength(length)
    expect(app.log.filter(line => line.includes('could be read again'))).toHaveLength(1)
  })

  test('does not weaken what the first reading refused', async ({ provider, start, browser }) => {
    const app = await start({ relyingParty: often })
    await expectSignIn({ app, browser })
    provider.metadata.token_endpoint = 'http://op.example/token'
    await expect.poll(() => app.log.join('\n')).toMatch(/token_endpoint does not use https .* stays in use/)
    await expectSignIn({ app, browser: new Browser() })
    provider.answer('userinfo', json({ sub: 'another' }))
    const other = new Browser()
    const refused = [400, 'ERR_OIDC_USER_INFO_INVALID'] as const
    await expectRefusal(await other.open(`${app.url}/private`), refused, { app, browser: other })
  })
})

test('nothing is read after close', async ({ provider, start, browser }) => {
  const app = await start({ relyingParty: often })
  await expectSignIn({ app, browser })
  await app.rp.close()
  const read = provider.requestsTo('discovery').length
  await new Promise(resolve => setTimeout(resolve, 200))
  expect(provider.requestsTo('discovery')).toHaveLength(read)
})
