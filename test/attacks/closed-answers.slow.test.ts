import { describe, expect } from 'vitest'
import { OidcError } from '../../src/index.ts'
import { asProgram, codeOf, reachCallback, test } from '../support/flow.ts'
import { json, type ScriptedProvider, status } from '../support/scripted-provider.ts'
import { toldEvents } from '../support/told-events.ts'

const words = { error: 'invalid_grant', error_description: 'The INNER code has expired' }

/** Faults of which the log says more than a visitor may know. */
const faults: readonly (readonly [string, (provider: ScriptedProvider) => void])[] = [
  ['a refused code', provider => provider.answer('token', status(400, words))],
  ['a provider that fails', provider => provider.answer('token', status(500, words))],
  ['no token', provider => provider.answer('token', json({ INNER: true }))],
  ['a UserInfo of another user', provider => provider.answer('userinfo', json({ sub: 'INNER' }))],
  ['no keys', provider => provider.answer('jwks', status(500))],
  [
    'another nonce',
    provider => {
      provider.idToken = (claims, header) => ({ claims: { ...claims, nonce: 'INNER' }, header })
    },
  ],
  [
    'another audience',
    provider => {
      provider.idToken = (claims, header) => ({ claims: { ...claims, aud: 'INNER' }, header })
    },
  ],
  [
    'an expired token',
    provider => {
      provider.idToken = (claims, header) => ({ claims: { ...claims, exp: 1 }, header })
    },
  ],
]

describe.for([
  ['a program', asProgram],
  ['a browser', { follow: false }],
] as const)('the answer to %s', ([, how]) => {
  test.for(faults)(
    'says nothing of what failed inside: %s',
    async ([, spoil], { provider, app, browser }) => {
      const told = toldEvents()
      const callback = await reachCallback(browser, app)
      spoil(provider)
      const page = await browser.open(callback.href, how)
      const [error] = told
        .filter(({ name }) => name === 'request.failed')
        .map(({ message }) => message['error'])
      if (!(error instanceof OidcError)) throw new Error('Nothing has failed.')
      expect([page.status, codeOf(page)]).toEqual([error.status, error.code])
      expect(error.message).not.toBe(error.sentence)
      expect(page.text).toContain(error.sentence.replaceAll("'", how === asProgram ? "'" : '&#39;'))
      expect(page.text).not.toContain(error.message.replaceAll("'", how === asProgram ? "'" : '&#39;'))
      expect(page.text).not.toMatch(/INNER|127\.0\.0\.1|nonce|aud\b|\bexp\b/)
      expect(JSON.stringify([...page.headers])).not.toContain('INNER')
      expect(await app.userOf(browser)).toBeNull()
    },
  )
})
