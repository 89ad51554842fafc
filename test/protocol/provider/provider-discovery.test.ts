import { describe, expect, vi } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { Browser } from '../../support/browser.ts'
import { hurry } from '../../support/clock.ts'
import { expectRefusal, expectSignIn, test } from '../../support/flow.ts'
import {
  type Answer,
  drip,
  gzipBomb,
  hang,
  html,
  huge,
  json,
  redirectTo,
  reset,
  type ScriptedProvider,
  status,
  truncated,
} from '../../support/scripted-provider.ts'

const UNAVAILABLE = [503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'] as const
const INVALID = [503, 'ERR_OIDC_DISCOVERY_INVALID'] as const
const MB = 2 ** 20

async function failureOf(app: TestApp): Promise<string> {
  await vi.waitFor(() => expect(app.rp.status().lastError).toBeDefined(), { timeout: 8_000, interval: 20 })
  return String(app.rp.status().lastError?.message)
}

async function expectExplained(app: TestApp, provider: ScriptedProvider, reason: RegExp): Promise<void> {
  const message = await failureOf(app)
  expect(message).toContain(`${provider.issuer}/.well-known/openid-configuration`)
  expect(message).toMatch(reason)
  expect(app.log.join('\n')).toContain(message)
  expect((await new Browser().open(`${app.url}/`)).text).toBe('public')
}

const answers: readonly (readonly [string, Answer, RegExp])[] = [
  ['HTML', html(), /not JSON/],
  ['HTML with 404', html(404), /HTTP 404/],
  ['503', status(503), /HTTP 503/],
  ['a redirect', redirectTo('https://other.example/'), /redirect, which is not followed/],
  ['half a document', truncated(), /closed|terminated/],
  ['a reset of the connection', reset(), /reset|closed/],
  ['an array', json([]), /top level object/],
  ['an empty object', json({}), /issuer/],
  ['null', json(null), /top level object/],
  ['2 MB', huge(2 * MB), /larger than 1048576 bytes/],
  ['400 MB', huge(400 * MB), /larger than 1048576 bytes/],
  ['a gzip bomb', gzipBomb(), /larger than 1048576 bytes/],
]

const silences = [
  ['nothing', hang()],
  ['a byte now and then', drip()],
] as const

describe('discovery that is answered with', () => {
  test.concurrent.for(answers)(
    '%s fails with the address and the reason, and all works when it is corrected',
    async ([, answer, reason], { provider, start, browser }) => {
      provider.answer('discovery', answer)
      const app = await start()
      await expectExplained(app, provider, reason)
      await expectRefusal(await browser.open(`${app.url}/login`), UNAVAILABLE, { app, browser })

      provider.answer('discovery', undefined)
      await app.rp.ready({ timeout: 15 })
      await expectSignIn({ app, browser })
    },
  )

  test.for(silences)(
    '%s for five seconds fails too, and all works when it is corrected',
    async ([, answer], { provider, start, browser }) => {
      hurry()
      provider.answer('discovery', answer)
      const app = await start()
      await expectExplained(app, provider, /no answer within 5 s/)
      await expectRefusal(await browser.open(`${app.url}/login`), UNAVAILABLE, { app, browser })

      provider.answer('discovery', undefined)
      await app.rp.ready({ timeout: 15 })
      await expectSignIn({ app, browser })
    },
  )

  test.for([
    ['400 MB', huge(400 * MB)],
    ['a gzip bomb', gzipBomb()],
  ] as const)('%s does not fill the memory', async ([, answer], { provider, start }) => {
    const before = process.memoryUsage().rss
    provider.answer('discovery', answer)
    await failureOf(await start())
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * MB)
  })
})

type Change = (metadata: ScriptedProvider['metadata']) => object

const documents: readonly (readonly [string, Change, RegExp])[] = [
  [
    'names its issuer with a slash more',
    ({ issuer }) => ({ issuer: `${String(issuer)}/` }),
    /issuer is "http.*\/", but options\.issuer is "http/,
  ],
  [
    'names its issuer in another case',
    ({ issuer }) => ({ issuer: String(issuer).toUpperCase() }),
    /must be identical\. If "HTTP/,
  ],
  ['names another issuer', () => ({ issuer: 'https://evil.example' }), /issuer is "https:\/\/evil\.example"/],
  [
    'has no authorization endpoint',
    () => ({ authorization_endpoint: undefined }),
    /authorization_endpoint is missing/,
  ],
  ['has no token endpoint', () => ({ token_endpoint: undefined }), /token_endpoint is missing/],
  ['has no keys', () => ({ jwks_uri: undefined }), /jwks_uri is missing/],
  ['has a relative token endpoint', () => ({ token_endpoint: '/token' }), /token_endpoint is not a URL/],
  [
    'has a token endpoint on http',
    () => ({ token_endpoint: 'http://op.example/token' }),
    /token_endpoint does not use https \(http:\/\/op\.example\)/,
  ],
  ['has keys on http', () => ({ jwks_uri: 'http://op.example/jwks' }), /jwks_uri does not use https/],
  [
    'has a userinfo endpoint on http',
    () => ({ userinfo_endpoint: 'http://127.0.0.1.op.example/' }),
    /userinfo_endpoint does not use https/,
  ],
  [
    'has a script as authorization endpoint',
    () => ({ authorization_endpoint: 'javascript:alert(1)' }),
    /authorization_endpoint does not use https/,
  ],
  ['offers no code flow', () => ({ response_types_supported: ['id_token'] }), /does not contain code/],
  ['offers no S256', () => ({ code_challenge_methods_supported: ['plain'] }), /does not contain S256/],
  [
    'signs with shared secrets only',
    () => ({ id_token_signing_alg_values_supported: ['HS256', 'none'] }),
    /contains none of RS256/,
  ],
]

describe('a discovery document that', () => {
  test.concurrent.for(documents)(
    '%s is refused with the address and the reason',
    async ([, change, reason], { provider, start, browser }) => {
      const good = { ...provider.metadata }
      Object.assign(provider.metadata, change(good))
      const app = await start()
      await expectExplained(app, provider, reason)
      await expectRefusal(await browser.open(`${app.url}/login`), INVALID, { app, browser })
      expect(provider.requestsTo('register')).toHaveLength(0)

      Object.assign(provider.metadata, good)
      await expectSignIn({ app: await start(), browser })
    },
  )

  test('is refused rejects ready() at once', async ({ provider, start }) => {
    provider.metadata.issuer = 'https://evil.example'
    const app = await start()
    const began = Date.now()
    await expect(app.rp.ready({ timeout: 15 })).rejects.toMatchObject({ code: INVALID[1] })
    expect(Date.now() - began).toBeLessThan(3_000)
  })

  test('leaves out what has a default is taken', async ({ provider, start, browser }) => {
    for (const member of [
      'code_challenge_methods_supported',
      'token_endpoint_auth_methods_supported',
      'end_session_endpoint',
      'scopes_supported',
    ] as const) {
      provider.metadata[member] = undefined
    }
    await expectSignIn({ app: await start(), browser })
  })
})
