import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import { certify } from '../../support/providers/tls-servers.ts'
import { alice } from '../matrix/person.ts'
import {
  type BankProvider,
  baseUrl,
  bindingOf,
  isMissing,
  openBank,
  readJson,
  signInAt,
  startBankProvider,
} from './keycloak-bank.ts'
import { page } from './keycloak-shop.ts'

const boundByTls = { tls_client_certificate_bound_access_tokens: true }
const byCertificate = { token_endpoint_auth_method: 'tls_client_auth' }

/** The rows of the page's table, as it stands there. */
const rows = page.tableBelow('## FAPI 2.0').map(([clientProfile = '', options = '']) => ({
  clientProfile,
  profile: /profile: '([\w-]+)'/.exec(options)?.[1] as RelyingPartyOptions['profile'],
  isBoundByTls: options.includes('certificate'),
}))

describe.skipIf(isMissing)('Keycloak behind TLS', () => {
  let provider: BankProvider

  beforeAll(async () => {
    provider = await startBankProvider()
  })

  afterAll(() => provider.close())

  test('the page has every client profile of FAPI 2.0', () => {
    expect(rows.map(({ clientProfile }) => clientProfile)).toEqual([
      'fapi-2-dpop-security-profile',
      'fapi-2-dpop-message-signing',
      'fapi-2-security-profile',
      'fapi-2-message-signing',
    ])
  })

  test.for(rows)(
    'with $clientProfile, two replicas, a rotation and a restart',
    async ({ clientProfile, profile, isBoundByTls }) => {
      const bank = await openBank(provider, clientProfile)
      bank.identity = await certify({ issuer: provider.authority, host: 'bank.test' })
      const options = { profile, ...(isBoundByTls && { metadata: boundByTls }) } as RelyingPartyOptions
      const app = await bank.start(options)
      const browser = await signInAt(bank, app)
      const bound = isBoundByTls ? 'x5t#S256' : 'jkt'
      const binding = await bindingOf(browser)
      expect(binding).toHaveProperty([bound])
      expect(await readJson(browser, '/info')).toMatchObject({ preferred_username: 'alice' })

      bank.asked.length = 0
      await signInAt(bank, app)
      const answered = bank.asked.filter(line => line !== 'token 400') // for a made-up code, which shows that the client is known
      expect(answered).toEqual(['request 201', 'token 200', 'userinfo 200'])

      const replica = await bank.start(options)
      expect(await bindingOf(await signInAt(bank, replica))).toEqual(binding)
      expect(await bindingOf(browser, '?scope=openid')).toEqual(binding)
      expect(await app.rp.rotate(), app.log.join('\n')).toBe('keys')
      await signInAt(bank, app)
      await app.close()
      const restarted = await bank.start(options)
      expect(await bindingOf(await signInAt(bank, restarted))).toEqual(binding)
    },
  )

  test('tls_client_auth, and another certificate for the same subject', async () => {
    const bank = await openBank(provider, 'fapi-2-security-profile')
    bank.identity = await certify({ issuer: provider.authority, host: 'bank.test' })
    const metadata = { ...boundByTls, ...byCertificate, tls_client_auth_subject_dn: 'CN=server' }
    const app = await bank.start({ profile: 'fapi2', metadata } as RelyingPartyOptions)
    const before = await bindingOf(await signInAt(bank, app))
    bank.identity = await certify({ issuer: provider.authority, host: 'bank.test' })
    const after = await bindingOf(await signInAt(bank, app))
    expect([before['x5t#S256'] === after['x5t#S256'], typeof after['x5t#S256']]).toEqual([false, 'string'])
  })

  test('an app at http is refused, and users are asked for their consent', async () => {
    const bank = await openBank(provider, 'fapi-2-dpop-security-profile')
    const refused = bank.start({ profile: 'fapi2', baseUrl: 'http://localhost:3000' } as RelyingPartyOptions)
    await expect(refused).rejects.toMatchObject({ code: 'ERR_OIDC_REGISTRATION_REFUSED' })
    const browser = bank.browserOf(await bank.start({ profile: 'fapi2' }))
    const login = await browser.open(`${baseUrl}/private`)
    const asked = await browser.submit(login, { username: alice.login, password: alice.password })
    expect(asked.text).toContain('name="accept"')
  })
})
