import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { startProvider } from '../../../examples/provider/provider.ts'
import { test } from '../../support/cli/cli.ts'
import { findingOf, statesOf } from '../../support/cli/command-line.ts'
import { hang, html, json, status } from '../../support/scripted-provider.ts'

test('finds no problem with a registered app at a real provider', async ({
  cli,
  environment,
  onTestFinished,
}) => {
  const provider = await startProvider()
  onTestFinished(() => provider.close())
  const at = { environment: { ...environment, ISSUER_BASE_URL: provider.issuer } }
  await cli('client register', at)
  const before = provider.requests.length
  const ran = await cli('doctor --json', at)
  expect(ran.code).toBe(0)
  expect(statesOf(ran).filter(state => !state.startsWith('volume'))).toEqual([
    'options passed',
    'discovery passed',
    'clock passed',
    'endpoints passed',
    'support passed',
    'registration passed',
    'advertised passed',
    'client passed',
    'management passed',
    'addresses passed',
    'addresses passed',
    'addresses passed',
    'app skipped',
    'session skipped',
    'logout skipped',
    'store passed',
    'replicas passed',
  ])
  const methods = provider.requests.slice(before).map(({ method, path }) => `${method} ${path}`)
  expect(methods.filter(method => !method.startsWith('GET'))).toEqual(['POST /token'])
})

const withoutTimes = (text: string): string => text.replace(/\d+ (ms|s)\b/g, '')

test('prints marks, fixes and a summary for people', async ({ cli, provider }) => {
  provider.answer('jwks', json({ keys: [] }))
  const { code, out } = await cli('doctor')
  expect(code).toBe(1)
  expect(out).toMatch(/^✓ discovery +The configuration of .* is valid\.$/m)
  expect(out).toMatch(
    /^✗ endpoints +jwks_uri .* answers HTTP 200 without keys\.\n +→ Check the address of jwks_uri/m,
  )
  expect(out).toMatch(/^– client +This app is not registered yet/m)
  expect(out).toMatch(
    /^1 of 1\d checks failed: endpoints\. (Warnings: [a-z, ]+\. )?Not checked: client, app, session, logout\.$/m,
  )
  const { summary, checks } = JSON.parse((await cli('doctor --json')).out)
  expect(out.split('\n').at(-1)).toBe(summary)
  for (const { sentence, fix = '' } of checks)
    for (const said of [sentence, fix])
      expect(said.length === 0 || withoutTimes(out).includes(withoutTimes(said))).toBe(true)
  expect(provider.requestsTo('register')).toEqual([])
})

describe('options', () => {
  test.for([
    [{ BASE_URL: '' }, /options\.baseUrl is required/, /^Change options\.baseUrl, or BASE_URL/],
    [{ BASE_URL: 'http://app.example' }, /must use https/, /^Change options\.baseUrl, or BASE_URL/],
    [
      { ISSUER_BASE_URL: 'op.example' },
      /must be an absolute URL/,
      /^Change options\.issuer, or ISSUER_BASE_URL/,
    ],
    [{ OIDC_SCOPE: 'profile' }, /must contain openid/, /^Change options\.scope, or OIDC_SCOPE/],
  ] as const)(
    '%j are refused, with the option to change',
    async ([wrong, sentence, fix], { cli, environment }) => {
      const ran = await cli('doctor --json', { environment: { ...environment, ...wrong } })
      expect(ran.code).toBe(1)
      expect(statesOf(ran)).toEqual(['options failed'])
      expect(findingOf(ran, 'options')).toMatchObject({
        sentence: expect.stringMatching(sentence),
        fix: expect.stringMatching(fix),
      })
    },
  )
})

describe('discovery', () => {
  test('with another issuer names the value to set, and the other checks still run', async ({
    cli,
    provider,
  }) => {
    provider.metadata.issuer = `${provider.issuer}/`
    const ran = await cli('doctor --json')
    expect(ran.code).toBe(1)
    expect(findingOf(ran, 'discovery')).toMatchObject({
      state: 'failed',
      fix: `Set options.issuer, or ISSUER_BASE_URL=${provider.issuer}/`,
    })
    expect(statesOf(ran)).toEqual(
      expect.arrayContaining(['endpoints passed', 'registration passed', 'store passed']),
    )
  })

  test.for([
    ['a web page', html()],
    ['503', status(503)],
    ['nothing', hang()],
  ] as const)(
    'that gets %s fails within its time limit, and the store is still checked',
    async ([, answer], { cli, provider }) => {
      provider.answer('discovery', answer)
      const begin = performance.now()
      const ran = await cli('doctor --json')
      expect([ran.code, findingOf(ran, 'discovery')?.['state']]).toEqual([1, 'failed'])
      expect(findingOf(ran, 'discovery')?.['fix']).toContain('ISSUER_BASE_URL')
      expect(statesOf(ran)).toEqual(expect.arrayContaining(['endpoints skipped', 'store passed']))
      expect(performance.now() - begin).toBeLessThan(12_000)
    },
  )

  test.for([
    ['introspection_endpoint', 'bearer: { audience: "https://api.example", introspection: "always" }'],
    ['pushed_authorization_request_endpoint', 'pushedAuthorizationRequests: true'],
  ] as const)(
    'without the %s that the options need fails, as the app does',
    async ([endpoint, option], { cli, folder, provider }) => {
      await writeFile(join(folder, 'oidc.mjs'), `export const options = { ${option} }`)
      const ran = await cli('doctor --config oidc.mjs --json')
      expect([ran.code, findingOf(ran, 'discovery')?.['state']]).toEqual([1, 'failed'])
      expect(findingOf(ran, 'discovery')?.['sentence']).toContain(`${endpoint} is missing.`)
      provider.metadata[endpoint] = `${provider.issuer}/endpoint`
      const twin = await cli('doctor --config oidc.mjs --json')
      expect([twin.code, findingOf(twin, 'discovery')?.['state']]).toEqual([0, 'passed'])
    },
  )

  test('at a provider that is down says so', async ({ cli, provider }) => {
    await cli('client register')
    await provider.stop()
    const ran = await cli('doctor --json')
    expect(findingOf(ran, 'discovery')?.['sentence']).toMatch(/the connection was (refused|closed)/)
    expect(statesOf(ran)).toEqual(expect.arrayContaining(['clock skipped', 'client skipped', 'store passed']))
  })
})

describe('clock', () => {
  test.for([
    [0, {}, 'passed'],
    [-8, {}, 'passed'],
    [15, {}, 'warning', 'up to 30 s are tolerated'],
    [-15, {}, 'warning', 'up to 30 s are tolerated'],
    [45, {}, 'failed'],
    [-3600, {}, 'failed'],
    [45, { clockTolerance: 60 }, 'warning', 'up to 60 s are tolerated'],
    [-45, { clockTolerance: 60 }, 'warning', 'up to 60 s are tolerated'],
    [15, { clockTolerance: 12 }, 'failed'],
    [-8, { clockTolerance: 0 }, 'passed'],
  ] as const)('of a provider that is off by %i s, with %j: %s', async (row, { cli, folder, provider }) => {
    const [seconds, options, state, tolerated = ''] = row
    await writeFile(join(folder, 'oidc.mjs'), `export default ${JSON.stringify(options)}`)
    provider.answer('discovery', (_request, response) => {
      const date = new Date(Date.now() + seconds * 1_000).toUTCString()
      response
        .writeHead(200, { 'content-type': 'application/json', date })
        .end(JSON.stringify(provider.metadata))
    })
    const ran = await cli('doctor --json --config oidc.mjs')
    expect([ran.code, findingOf(ran, 'clock')?.['state']]).toEqual([state === 'failed' ? 1 : 0, state])
    expect(findingOf(ran, 'clock')?.['sentence']).toContain(tolerated)
    if (state !== 'passed')
      expect(findingOf(ran, 'clock')?.['sentence']).toMatch(
        seconds < 0 ? /This machine's clock is \d+ s ahead of/ : /This machine's clock is \d+ s behind/,
      )
  })
})
