import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { expectSignIn, reachCallback, test } from '../../../support/flow.ts'
import { scriptedProvider } from '../../../support/scripted-provider.ts'

async function recordsIn(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter(name => name.startsWith('client')).sort()
}

describe('the first start', () => {
  test('registers once, says so, and asks for what it will use', async ({ provider, app, browser }) => {
    await app.rp.ready()
    await expectSignIn({ app, browser })
    const requests = provider.requestsTo('register')
    expect(requests.map(({ method }) => method)).toEqual(['POST'])
    expect(requests[0]?.headers).not.toHaveProperty('authorization')
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      client_name: new URL(app.url).host,
      redirect_uris: [`${app.url}/callback`],
      post_logout_redirect_uris: [`${app.url}/logout/callback`],
      backchannel_logout_uri: `${app.url}/backchannel-logout`,
      backchannel_logout_session_required: true,
      response_types: ['code'],
      grant_types: ['authorization_code'],
      scope: 'openid profile email',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: expect.stringMatching(/^(ES|PS|RS)256$|^EdDSA$/),
      jwks: { keys: [expect.not.objectContaining({ d: expect.anything() })] },
      id_token_signed_response_alg: 'RS256',
    })
    const [clientId] = provider.clients.keys()
    expect(app.rp.status()).toMatchObject({ state: 'ready', clientId })
    expect(app.log.join('\n')).toMatch(
      new RegExp(`Registered this app as client ${clientId}.*Its record is in /`),
    )
  })

  test('keeps the record where only the user who runs the app can read it', async ({ start, directory }) => {
    await (await start({ directory })).rp.ready()
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect(await readFile(join(directory, '.gitignore'), 'utf8')).toBe('*\n')
    const names = await readdir(directory)
    expect(names.some(name => name.startsWith('client'))).toBe(true)
    for (const name of names)
      expect([name, (await stat(join(directory, name))).mode & 0o777]).toEqual([name, 0o600])
  })

  test('sends the initial access token, which is kept nowhere', async ({ provider, start, directory }) => {
    const app = await start({ directory, relyingParty: { initialAccessToken: 'initial-token' } })
    await app.rp.ready()
    expect(provider.requestsTo('register')[0]?.headers.authorization).toBe('Bearer initial-token')
    for (const name of await readdir(directory)) {
      expect(await readFile(join(directory, name), 'utf8')).not.toContain('initial-token')
    }
  })

  test('of eight apps at once on one folder registers one client, which all use', async ({
    provider,
    start,
    directory,
  }) => {
    const baseUrl = 'http://localhost:4711'
    const usual = provider.usualAnswer('register')
    provider.answer('register', async (request, response) => {
      await setTimeout(300) // so that all have come before the first one is registered
      return usual(request, response)
    })
    const apps = await Promise.all(
      Array.from({ length: 8 }, () => start({ directory, relyingParty: { baseUrl } })),
    )
    await Promise.all(apps.map(app => app.rp.ready()))
    expect(provider.requestsTo('register')).toHaveLength(1)
    expect(new Set(apps.map(app => app.rp.status().clientId))).toEqual(new Set(provider.clients.keys()))
  })
})

describe('a further start', () => {
  test('reuses the client without asking the provider, and says so', async ({
    provider,
    start,
    directory,
    browser,
  }) => {
    const first = await start({ directory })
    await first.rp.ready()
    const { clientId } = first.rp.status()
    await first.close()

    const app = await start({ directory, port: Number(new URL(first.url).port) })
    await expectSignIn({ app, browser })
    expect(provider.requestsTo('register')).toHaveLength(1)
    expect(provider.requestsTo('client')).toHaveLength(0)
    expect(app.rp.status().clientId).toBe(clientId)
    expect(app.log.join('\n')).toContain(`Reusing client ${clientId}`)
    expect(app.log.join('\n')).not.toContain('Registered')
  })

  test('ends a sign-in that was begun before it', async ({ start, directory, browser }) => {
    const first = await start({ directory })
    const begun = await browser.open(`${first.url}/private`, { follow: false })
    await first.close()
    await start({ directory, port: Number(new URL(first.url).port) })
    const page = await browser.open(begun.headers.get('location') ?? '')
    expect([page.status, page.url]).toEqual([200, `${first.url}/private`])
  })

  test('with other options ends a sign-in that was begun before', async ({ start, directory, browser }) => {
    const first = await start({ directory })
    const callback = await reachCallback(browser, first)
    await first.close()
    const port = Number(new URL(first.url).port)
    const app = await start({ directory, port, relyingParty: { scope: 'openid email' } })
    expect((await browser.open(callback.href)).url).toBe(`${app.url}/private`)
  })

  test.for([
    ['scope', { scope: 'openid email' }],
    ['base URL', { baseUrl: 'https://moved.example' }],
    ['metadata', { metadata: { contacts: ['ops@example.test'] } }],
  ] as const)(
    'with another %s tells the provider by one replacement, and keeps the client',
    async ([, changed], { provider, start, directory }) => {
      const first = await start({ directory, relyingParty: { baseUrl: 'https://app.example' } })
      await first.rp.ready()
      const { clientId } = first.rp.status()
      const app = await start({ directory, relyingParty: { baseUrl: 'https://app.example', ...changed } })
      await app.rp.ready()
      expect(provider.requestsTo('register')).toHaveLength(1)
      expect(provider.requestsTo('client').map(({ method }) => method)).toEqual(['GET', 'PUT'])
      expect(app.rp.status().clientId).toBe(clientId)
      expect(app.log).toContain(`Told the provider what the options now ask for client ${clientId}.`)
      expect(provider.clients.get(clientId ?? '')?.redirect_uris).toContain('https://app.example/callback')
    },
  )

  test('at another provider leaves the record of the first one', async ({
    provider,
    start,
    directory,
    onTestFinished,
  }) => {
    const other = await scriptedProvider()
    onTestFinished(() => other.close())
    await (await start({ directory })).rp.ready()
    const before = await Promise.all(
      (await recordsIn(directory)).map(name => readFile(join(directory, name), 'utf8')),
    )
    await (await start({ directory, issuer: other.issuer })).rp.ready()
    expect([provider.requestsTo('register').length, other.requestsTo('register').length]).toEqual([1, 1])
    const after = await Promise.all(
      (await recordsIn(directory)).map(name => readFile(join(directory, name), 'utf8')),
    )
    expect(after).toEqual(expect.arrayContaining(before))
    expect(after.length).toBeGreaterThan(before.length)
  })
})

describe('a client that was made by hand', () => {
  test('is used without any registration', async ({ provider, start, browser }) => {
    const client = {
      client_id: 'by-hand',
      client_secret: 'a secret + more',
      redirect_uris: ['http://localhost:4712/callback'],
    }
    provider.clients.set('by-hand', client)
    const app = await start({
      port: 4_712,
      relyingParty: { client: { clientId: 'by-hand', clientSecret: 'a secret + more' } },
    })
    await expectSignIn({ app, browser })
    expect(provider.requestsTo('register')).toHaveLength(0)
  })
})
