import { describe, expect } from 'vitest'
import { generateDecryptionKey } from '../../../src/protocol/keys/decryption-keys.ts'
import type { JsonWebKey } from '../../../src/vocabulary/oauth2-client.ts'
import type { TestApp } from '../../support/app.ts'
import type { Browser, Page } from '../../support/browser.ts'
import { test as base, expectRefusal, reachCallback } from '../../support/flow.ts'
import { encrypt, encryptionKeysOf, encryptionLists } from '../../support/tokens/encryption.ts'

const INVALID = [400, 'ERR_OIDC_CALLBACK_INVALID'] as const
const metadata = { authorization_encrypted_response_alg: 'ECDH-ES' } as const

const test = base.extend('app', async ({ provider, start }): Promise<TestApp> => {
  Object.assign(provider.metadata, encryptionLists)
  const app = await start({ relyingParty: { responseMode: 'jwt', metadata } })
  await app.rp.ready()
  return app
})

/** Signs in, with the authorization response encrypted for a key, or as it is. */
async function comeBack(app: TestApp, browser: Browser, key?: JsonWebKey): Promise<Page> {
  const back = await reachCallback(browser, app)
  const response = back.searchParams.get('response') ?? ''
  if (key) back.searchParams.set('response', await encrypt(response, { key }))
  return browser.open(back.href)
}

describe('an encrypted authorization response', () => {
  test('signs the user in, also when it is for the former key', async ({ provider, app, browser }) => {
    const [key] = encryptionKeysOf(provider)
    await app.rp.rotate()
    const [next] = encryptionKeysOf(provider)
    expect(next?.kid).not.toBe(key?.kid)
    for (const one of [key, next]) {
      const page = await comeBack(app, browser, one)
      expect([page.status, page.text]).toEqual([200, 'private page of Una User'])
      await browser.post(`${app.url}/logout`, {})
    }
  })

  test('is the only one that is accepted where it is registered', async ({ provider, app, browser }) => {
    await expectRefusal(await comeBack(app, browser), INVALID, { app, browser })
    expect(app.log.join('\n')).toContain('it is not encrypted, and the client is registered for ECDH-ES')
    const [key] = encryptionKeysOf(provider)
    expect((await comeBack(app, browser, key)).status).toBe(200)
  })

  test('for another key signs nobody in', async ({ app, browser }) => {
    const page = await comeBack(app, browser, await generateDecryptionKey('ECDH-ES'))
    await expectRefusal(page, INVALID, { app, browser })
  })

  base('signs nobody in where it is not registered', async ({ start, browser }) => {
    const app = await start({ relyingParty: { responseMode: 'jwt' } })
    const page = await comeBack(app, browser, await generateDecryptionKey('ECDH-ES'))
    await expectRefusal(page, INVALID, { app, browser })
    expect((await comeBack(app, browser)).status).toBe(200)
  })
})
