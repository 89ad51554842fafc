import { describe, expect } from 'vitest'
import { expectRefusedSignIn, expectSignIn, test } from '../../support/flow.ts'
import {
  type Answer,
  hang,
  html,
  huge,
  json,
  redirectTo,
  reset,
  status,
  truncated,
} from '../../support/scripted-provider.ts'

const INVALID = [400, 'ERR_OIDC_USER_INFO_INVALID'] as const
const UNAVAILABLE = [502, 'ERR_OIDC_USER_INFO_UNAVAILABLE'] as const

const answers: readonly (readonly [string, readonly [number, string], Answer])[] = [
  ['somebody else', INVALID, json({ sub: 'user-2', name: 'Una User' })],
  ['somebody whose sub differs in case', INVALID, json({ sub: 'USER-1' })],
  ['nobody', INVALID, json({ name: 'Una User' })],
  ['a number as sub', INVALID, json({ sub: 1 })],
  ['500', UNAVAILABLE, status(500)],
  ['an error with the status 200', UNAVAILABLE, json({ ok: false, error: 'ratelimited' })],
  ['an error and an empty sub', UNAVAILABLE, json({ error: 'server_error', sub: '' })],
  ['an error about somebody else', INVALID, json({ error: 'server_error', sub: 'user-2' })],
  ['401', [502, 'ERR_OIDC_ACCESS_TOKEN_REFUSED'], status(401, { error: 'invalid_token' })],
  ['HTML', UNAVAILABLE, html()],
  ['an array', UNAVAILABLE, json([{ sub: 'user-1' }])],
  ['null', UNAVAILABLE, json(null)],
  ['a redirect', UNAVAILABLE, redirectTo('https://other.example/')],
  ['nothing for five seconds', UNAVAILABLE, hang()],
  ['400 MB', UNAVAILABLE, huge(400 * 2 ** 20)],
  ['half of it', UNAVAILABLE, truncated()],
  ['a reset of the connection', UNAVAILABLE, reset()],
]

describe('a UserInfo endpoint that answers with', () => {
  test.concurrent.for(answers)(
    '%s signs nobody in',
    async ([, expected, answer], { provider, app, browser }) => {
      provider.answer('userinfo', answer)
      await expectRefusedSignIn(expected, { provider, app, browser }, () =>
        expect(provider.requestsTo('userinfo')).toHaveLength(1),
      )
    },
  )

  test('the same user is asked with the access token, in the header alone', async ({
    provider,
    app,
    browser,
  }) => {
    await expectSignIn({ app, browser })
    const [request] = provider.requestsTo('userinfo')
    expect(request?.headers.authorization).toMatch(/^Bearer [\w-]{43}$/)
    expect([...(request?.query ?? [])]).toEqual([])
  })
})
