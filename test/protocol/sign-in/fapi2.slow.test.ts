import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { Browser, signIn } from '../../support/browser.ts'
import { pass, stopClock } from '../../support/clock.ts'
import { countRequests, expectAlice, fapiStage, startFapiApp } from '../../support/fapi/fapi-app.ts'
import { expectRefusal } from '../../support/flow.ts'
import { freePort } from '../../support/processes/free-port.ts'
import { certify, type Identity } from '../../support/providers/tls-servers.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

const boundByTls = { tls_client_certificate_bound_access_tokens: true }
const byCertificate = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'app.test' }

/** Each way in which a client of a profile authenticates and binds its tokens, and whether it presents a certificate. */
const ways = [
  ['private_key_jwt and DPoP', {}, false],
  ['private_key_jwt and a certificate', boundByTls, true],
  ['tls_client_auth and DPoP', byCertificate, true],
  ['tls_client_auth and a certificate', { ...byCertificate, ...boundByTls }, true],
] as const

const profiles = ['fapi2', 'fapi2-message-signing'] as const
const table = profiles.flatMap(profile => ways.map(way => [profile, ...way] as const))

const portOf = ({ url }: TestApp): number => Number(new URL(url).port)

describe('oidc-provider with its FAPI 2.0 profile', () => {
  test.for(table)('%s, %s: at two replicas, after a rotation and a restart', async row => {
    const [profile, , metadata, usesCertificate] = row
    const stage = await fapiStage()
    if (!usesCertificate) stage.identity = undefined
    const options = { profile, metadata }
    const app = await startFapiApp(stage, options)
    const first = countRequests(stage)
    const browser = await expectAlice(app)
    const isBoundByKey = !('tls_client_certificate_bound_access_tokens' in metadata)
    const nonce = isBoundByKey ? ['/request 400'] : []
    expect(first()).toEqual(['/reg 201', ...nonce, '/request 201', '/token 200', '/me 200'])
    const second = countRequests(stage)
    await expectAlice(app)
    expect(second()).toEqual(['/request 201', '/token 200', '/me 200'])
    expect(stage.provider.mtlsRequests.length > 0).toBe(usesCertificate)

    const replica = await startFapiApp(stage, { ...options, baseUrl: app.url })
    const { token } = await askToken(replica, browser)
    const renewed = await askToken(replica, browser, '?scope=openid')
    expect(renewed.status).toBe(200)
    expect(renewed.token).not.toBe(token)
    for (const value of [token, renewed.token]) {
      const kept = await stage.provider.provider.AccessToken.find(String(value))
      expect(kept?.isSenderConstrained()).toBe(true)
    }
    await app.rp.rotate()
    await expectAlice(app)
    await app.close()
    const restarted = await startFapiApp(stage, options, portOf(app))
    expect(JSON.parse((await browser.open(`${restarted.url}/userinfo`)).text)).toMatchObject({ sub: 'alice' })
    expect((await askToken(restarted, browser, '?scope=openid+profile')).status).toBe(200)
    await expectAlice(restarted)
  })

  test.for(ways.filter(([, , usesCertificate]) => usesCertificate))(
    'a new certificate with %s needs no restart',
    async ([, metadata]) => {
      const stage = await fapiStage()
      const app = await startFapiApp(stage, { profile: 'fapi2', metadata })
      const browser = await expectAlice(app)
      stage.identity = await certify({ issuer: stage.provider.authority, host: 'app.test' })
      pass(31_000) // an access token that is younger is not renewed when it is refused
      expect(JSON.parse((await browser.open(`${app.url}/userinfo`)).text)).toMatchObject({ sub: 'alice' })
      expect((await askToken(app, browser, '?scope=openid')).status).toBe(200)
      await expectAlice(app)
    },
  )

  test('a client made by hand with a self-signed certificate signs in, another certificate does not', async () => {
    const own = await certify({ host: 'app.test' })
    const port = await freePort()
    const client = {
      client_id: 'by-hand',
      redirect_uris: [`http://localhost:${port}/callback`],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [jwkOf(own)] },
      ...boundByTls,
    }
    const stage = await fapiStage({ configure: usual => ({ ...usual, clients: [client] }) as typeof usual })
    const app = await startFapiApp(
      stage,
      {
        profile: 'fapi2',
        client: { clientId: 'by-hand', authenticationMethod: 'self_signed_tls_client_auth' },
        metadata: boundByTls,
      },
      port,
    )
    const browser = new Browser()
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, [503, 'ERR_OIDC_CLIENT_REFUSED'], { app, browser })
    stage.identity = own
    expect((await signIn(browser, `${app.url}/private`)).status).toBe(200)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'alice' })
  })
})

/** A certificate as a key set has it (RFC 8705 §2.2.2). */
function jwkOf({ cert }: Identity): object {
  const { raw, publicKey } = new X509Certificate(cert)
  return { ...publicKey.export({ format: 'jwk' }), use: 'sig', x5c: [raw.toString('base64')] }
}
