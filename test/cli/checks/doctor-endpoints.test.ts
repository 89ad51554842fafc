import { describe, expect } from 'vitest'
import { findingOf } from '../../support/cli/command-line.ts'
import { test } from '../../support/cli/examine.ts'
import { status } from '../../support/scripted-provider.ts'

test('an app for access tokens only is not asked for sign-ins', async ({
  provider,
  examine,
  start,
  directory,
}) => {
  provider.metadata['introspection_endpoint'] = `${provider.issuer}/introspect`
  const bearer = { audience: 'https://api.example', tokensOnly: true }
  const app = await start({ directory, session: false, relyingParty: { bearer } })
  await app.rp.ready()
  const ran = await examine({ bearer, baseUrl: app.url })
  expect([ran.code, findingOf(ran, 'app'), findingOf(ran, 'logout')]).toMatchObject([
    0,
    { state: 'skipped', sentence: expect.stringContaining('tokensOnly') },
    undefined,
  ])
})

test('endpoints that an app for access tokens only does not use need not answer', async ({
  provider,
  examine,
}) => {
  const bearer = { audience: 'https://api.example', introspection: 'never' }
  provider.metadata.userinfo_endpoint = `${provider.issuer}/nothing`
  expect(findingOf(await examine({ bearer }), 'endpoints')?.['state']).toBe('failed')
  const ran = await examine({ bearer: { ...bearer, tokensOnly: true } })
  expect(findingOf(ran, 'endpoints')?.['state']).toBe('passed')
})

describe('the endpoints', () => {
  test.for([
    ['authorize', 'authorization_endpoint'],
    ['userinfo', 'userinfo_endpoint'],
    ['endSession', 'end_session_endpoint'],
  ] as const)('%s that fail are reported', async ([endpoint, name], { cli, provider }) => {
    provider.answer(endpoint, status(502))
    const ran = await cli('doctor --json')
    expect(findingOf(ran, 'endpoints')).toMatchObject({
      state: 'failed',
      sentence: expect.stringContaining(`${name} (${provider.issuer}`),
      fix: expect.stringContaining(`options.endpoints.${name}`),
    })
  })

  test('without one for signing out are a warning, unless users only sign out of the app', async ({
    cli,
    examine,
    provider,
  }) => {
    provider.metadata.end_session_endpoint = undefined
    expect(findingOf(await cli('doctor --json'), 'endpoints')).toMatchObject({
      state: 'warning',
      sentence: expect.stringContaining('signing out only ends the session of this app'),
      fix: expect.stringContaining('if it has none, set options.logoutRequest: false'),
    })
    const ran = await examine({ logoutRequest: false })
    expect(findingOf(ran, 'endpoints')).toMatchObject({ state: 'passed' })
  })

  test('with http on another machine are refused', async ({ cli, provider }) => {
    provider.metadata.userinfo_endpoint = 'http://op.invalid/userinfo'
    const ran = await cli('doctor --json')
    expect(findingOf(ran, 'endpoints')).toMatchObject({
      state: 'failed',
      fix: expect.stringContaining('allowInsecureIssuer'),
    })
  })
})
