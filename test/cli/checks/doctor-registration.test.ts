import { describe, expect } from 'vitest'
import { baseUrl, test } from '../../support/cli/cli.ts'
import { findingOf, statesOf } from '../../support/cli/command-line.ts'
import { hang, json, redirectTo, status } from '../../support/scripted-provider.ts'

describe("Hydra's two switches", () => {
  test.for([
    [true, true, 'registration passed', 'advertised passed', 0],
    [true, false, 'registration passed', 'advertised warning', 0],
    [false, true, 'registration failed', 'advertised passed', 1],
    [false, false, 'registration failed', 'advertised failed', 1],
  ] as const)(
    'enabled %s, advertised %s: %s, %s',
    async ([enabled, advertised, registration, advertisement, code], { cliAtHydra, hydra }) => {
      hydra.registration = { enabled, advertised }
      const ran = await cliAtHydra('doctor --json')
      expect(ran.code).toBe(code)
      expect(statesOf(ran)).toEqual(expect.arrayContaining([registration, advertisement]))
      const fixes = [findingOf(ran, 'registration')?.['fix'], findingOf(ran, 'advertised')?.['fix']]
      expect(fixes).toEqual([
        enabled ? undefined : expect.stringContaining('oidc.dynamic_client_registration.enabled: true'),
        advertised
          ? undefined
          : expect.stringContaining(
              `webfinger.oidc_discovery.client_registration_url: ${hydra.issuer}/oauth2/register`,
            ),
      ])
      expect(hydra.requests.every(({ method }) => method === 'GET')).toBe(true)
      expect(hydra.clients.size).toBe(0)
    },
  )

  test.for([
    ['/admin/clients', 'is the admin API'],
    ['/nowhere', 'does not accept registrations: HTTP 404'],
  ] as const)('an advertised %s is reported as wrong', async ([path, sentence], { cliAtHydra, hydra }) => {
    hydra.registration = { enabled: true, advertised: hydra.issuer + path }
    const ran = await cliAtHydra('doctor --json')
    expect(findingOf(ran, 'registration')).toMatchObject({
      state: 'failed',
      sentence: expect.stringContaining(sentence),
      fix: expect.stringContaining(`${hydra.issuer}/oauth2/register`),
    })
  })

  test('an address that lists clients to anyone is reported as the admin API at any path, and no client is shown', async ({
    cliAtHydra,
    hydra,
  }) => {
    hydra.registration = { enabled: true, advertised: `${hydra.issuer}/admin/other` }
    hydra.answer('admin', (request, response) => {
      const answer = request.path.endsWith('/doctor') ? status(404) : json([{ client_id: 'CANARY' }])
      return answer(request, response)
    })
    const ran = await cliAtHydra('doctor --json')
    expect(findingOf(ran, 'registration')?.['sentence']).toContain('is the admin API')
    expect(ran.out).not.toContain('CANARY')
  })
})

describe('a registration endpoint', () => {
  test.for([
    ['that fails', status(500), 'HTTP 500'],
    ['that redirects', redirectTo('https://op.example/elsewhere'), 'a redirect'],
    ['that never answers', hang(), 'no answer within'],
  ] as const)('%s is reported', async ([, answer, reason], { cli, provider }) => {
    provider.answer('client', answer)
    provider.answer('register', answer)
    const ran = await cli('doctor --json')
    expect(findingOf(ran, 'registration')).toMatchObject({
      state: 'failed',
      sentence: expect.stringContaining(reason),
      fix: expect.stringContaining('options.endpoints.registration_endpoint'),
    })
  })

  test('is not used for a client that was made by hand', async ({ cli, environment, provider }) => {
    const redirect_uris = [`${baseUrl}/callback`]
    provider.clients.set('by-hand', { client_id: 'by-hand', client_secret: 's', redirect_uris })
    const byHand = { ...environment, CLIENT_ID: 'by-hand', CLIENT_SECRET: 's' }
    const ran = await cli('doctor --json', { environment: byHand })
    expect([ran.code, statesOf(ran)]).toEqual([
      0,
      expect.arrayContaining([
        'registration skipped',
        'client passed',
        'addresses passed',
        'addresses skipped',
      ]),
    ])
    expect(provider.requestsTo('client')).toEqual([])
    const wrong = await cli('doctor --json', { environment: { ...byHand, CLIENT_SECRET: 'wrong' } })
    expect([wrong.code, findingOf(wrong, 'client')]).toMatchObject([
      1,
      { fix: expect.stringContaining('CLIENT_SECRET') },
    ])
    const moved = { ...byHand, BASE_URL: 'http://localhost:4998' }
    const elsewhere = await cli('doctor --json', { environment: moved })
    expect([elsewhere.code, findingOf(elsewhere, 'addresses')]).toMatchObject([
      1,
      { state: 'failed', fix: expect.stringContaining('Register http://localhost:4998/callback') },
    ])
  })
})

describe('the client', () => {
  test('that the provider has forgotten is reported', async ({ cliAtHydra, hydra }) => {
    await cliAtHydra('client register')
    hydra.clients.clear()
    const ran = await cliAtHydra('doctor --json')
    expect(ran.code).toBe(1)
    expect(statesOf(ran)).toEqual(expect.arrayContaining(['client failed', 'management failed']))
    expect(findingOf(ran, 'client')?.['sentence']).toMatch(/^The provider refuses client /)
  })

  test('whose registration access token was revoked by an administrator still works, and the fix is named', async ({
    cliAtHydra,
    hydra,
  }) => {
    await cliAtHydra('client register')
    for (const id of hydra.clients.keys()) hydra.adminPatch(id)
    const ran = await cliAtHydra('doctor --json')
    expect(statesOf(ran)).toEqual(expect.arrayContaining(['client passed', 'management failed']))
    expect(findingOf(ran, 'management')?.['fix']).toContain('client rotate')
  })

  test('still works after the provider has switched off registration, and the fix is the switch', async ({
    cliAtHydra,
    hydra,
  }) => {
    await cliAtHydra('client register')
    hydra.registration = { enabled: false, advertised: false }
    const ran = await cliAtHydra('doctor --json')
    expect(statesOf(ran)).toEqual(expect.arrayContaining(['client passed', 'management failed']))
    expect(findingOf(ran, 'management')?.['fix']).toContain('the check "registration"')
  })

  test.for([
    ['redirect_uris', 'The redirect URI http://localhost:4999/callback is not registered.'],
    [
      'post_logout_redirect_uris',
      'The post-logout redirect URI http://localhost:4999/logout/callback is not registered.',
    ],
  ] as const)(
    'without the %s of the options is reported, with the command that fixes it',
    async ([member, sentence], { cli, provider }) => {
      await cli('client register')
      const [client = {}] = provider.clients.values()
      Object.assign(client, { [member]: ['https://other.example/'] })
      const ran = await cli('doctor')
      expect([ran.code, ran.out]).toEqual([1, expect.stringContaining(`✗ addresses     ${sentence}`)])
      expect(ran.out).toContain('→ Run express-oidc-rp client update')
      await cli('client update')
      expect((await cli('doctor')).code).toBe(0)
    },
  )

  test('with another base URL is reported', async ({ cli, environment }) => {
    await cli('client register')
    const moved = { environment: { ...environment, BASE_URL: 'http://localhost:4998' } }
    const ran = await cli('doctor --json', moved)
    expect(statesOf(ran).filter(state => state === 'addresses failed')).toHaveLength(3)
  })

  test('is not reported as gone when the provider could not answer', async ({ cli, provider }) => {
    await cli('client register')
    provider.answer('token', status(503))
    const ran = await cli('doctor --json')
    expect(findingOf(ran, 'client')?.['sentence']).toContain('Could not find out whether')
    expect(statesOf(ran)).toContain('management passed')
  })
})
