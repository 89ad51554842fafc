import { describe, expect } from 'vitest'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import { equip } from '../../support/fapi/equipped-provider.ts'
import { clientCert, startTlsApi, thumbprintOf } from '../../support/fapi/tls-api.ts'
import { test } from '../../support/flow.ts'
import { certify, type Identity } from '../../support/providers/tls-servers.ts'
import { json, type ScriptedProvider } from '../../support/scripted-provider.ts'
import { accessToken, audience, rightClaims } from '../../support/tokens/bearer.ts'

const boundTo = (identity: Identity) => ({ cnf: { 'x5t#S256': thumbprintOf(identity) } })
const byHeader = {
  bearer: { audience, tokensOnly: true, clientCertificateHeader: 'Client-Cert' },
} as unknown as RelyingPartyOptions

async function stage(provider: ScriptedProvider, options: RelyingPartyOptions = {}) {
  const api = await startTlsApi(provider.issuer, options)
  const [own, other] = await Promise.all([certify({}), certify({ issuer: api.authority })])
  return { api, own, other, token: await accessToken(provider, boundTo(own)) }
}

describe('a token that is bound to a certificate, where the app ends TLS,', () => {
  test('passes with this certificate, even if nobody has certified it', async ({ provider }) => {
    const { api, own, token } = await stage(provider)
    const answer = await api.call(token, { identity: own })
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([200, { sub: 'user-1' }])
  })

  test('is refused with another one, with none, and with one in a header', async ({ provider }) => {
    const { api, own, other, token } = await stage(provider)
    const headers = { 'client-cert': clientCert(own) }
    for (const more of [{ identity: other }, {}, { headers }, { identity: other, headers }])
      expect(await api.call(token, more)).toMatchObject({
        status: 401,
        text: expect.stringContaining('ERR_OIDC_BEARER_TOKEN_INVALID'),
      })
    expect((await api.call(token, { identity: own })).status).toBe(200)
  })

  test('needs no certificate if it is not bound', async ({ provider }) => {
    const { api } = await stage(provider)
    expect((await api.call(await accessToken(provider))).status).toBe(200)
  })

  test.for([
    ['a key, too', (own: Identity) => ({ ...boundTo(own).cnf, jkt: 'thumbprint' })],
    ['a list', (own: Identity) => ({ 'x5t#S256': [thumbprintOf(own)] })],
    ['no text', () => ({ 'x5t#S256': 7 })],
  ] as const)('is refused if it is bound to %s', async ([, cnfOf], { provider }) => {
    const { api, own, token } = await stage(provider)
    const wrong = await accessToken(provider, { cnf: cnfOf(own) })
    expect((await api.call(wrong, { identity: own })).status).toBe(401)
    expect((await api.call(token, { identity: own })).status).toBe(200)
  })
})

describe('behind a proxy that passes certificates on in a header, it', () => {
  test('passes with the certificate of the header', async ({ provider }) => {
    const { api, own, other, token } = await stage(provider, byHeader)
    const headers = { 'client-cert': clientCert(own) }
    expect((await api.call(token, { headers })).status).toBe(200)
    expect((await api.call(token, { headers, identity: other })).status).toBe(200) // the certificate of the proxy itself
  })

  test('is refused without it, whatever the connection has, and if it is not one', async ({ provider }) => {
    const { api, own, other, token } = await stage(provider, byHeader)
    const good = clientCert(own)
    const wrong = [
      clientCert(other),
      good.slice(1),
      good.replace(/:$/, ''),
      `${good}, ${good}`,
      own.cert.replaceAll('\n', ' '),
      '::',
      '',
      `:${'-'.repeat(40)}:`,
      [good, good],
    ]
    expect((await api.call(token, { identity: own })).status).toBe(401)
    for (const header of wrong)
      expect([header, (await api.call(token, { headers: { 'client-cert': header } })).status]).toEqual([
        header,
        401,
      ])
    expect((await api.call(token, { headers: { 'CLIENT-CERT': good } })).status).toBe(200)
  })
})

test('an introspected token passes with the certificate that the answer names', async ({ provider }) => {
  const introspection_endpoint = `${provider.issuer}/revoke` // an address that answers as the test says
  const { api, own, other } = await stage(provider, { ...byHeader, endpoints: { introspection_endpoint } })
  provider.answer('revoke', json({ active: true, ...rightClaims(provider), ...boundTo(own) }))
  const call = (identity: Identity) =>
    api.call('opaque', { headers: { 'client-cert': clientCert(identity) } }).then(({ status }) => status)
  expect([await call(other), await call(own)]).toEqual([401, 200])
})

describe('with a profile', () => {
  test('only bound tokens pass', async ({ provider }) => {
    equip(provider)
    const metadata = {
      tls_client_certificate_bound_access_tokens: true,
      token_endpoint_auth_method: 'tls_client_auth',
    }
    provider.metadata.token_endpoint_auth_methods_supported = ['tls_client_auth']
    const { api, own } = await stage(provider, {
      profile: 'fapi2',
      metadata,
      client: { clientId: 'api' },
    } as RelyingPartyOptions)
    provider.answer('jwks', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ keys: provider.keys.map(({ alg: _, ...key }) => key) }))
    })
    const header = { alg: 'PS256' }
    const bound = await accessToken(provider, boundTo(own), header)
    expect((await api.call(await accessToken(provider, {}, header), { identity: own })).status).toBe(401)
    expect((await api.call(await accessToken(provider, boundTo(own)), { identity: own })).status).toBe(401) // RS256
    expect((await api.call(bound, { identity: own })).status).toBe(200)
  })
})
