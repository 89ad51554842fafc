import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectExplained, failureAt } from '../../support/providers/failed-request.ts'
import {
  certify,
  createAuthority,
  type Identity,
  serveHttp,
  serveHttps,
} from '../../support/providers/tls-servers.ts'

const DAY = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * DAY)

/** The certificate authority that this process trusts for these tests, and no other. */
let trusted: Identity
const usual = getCACertificates('default')

beforeAll(async () => {
  trusted = await createAuthority('Trusted')
  setDefaultCACertificates([trusted.cert])
})
afterAll(() => setDefaultCACertificates(usual))

const trustedServer = () => certify({ issuer: trusted })

describe('TLS', () => {
  test('with a trusted certificate gets an answer', async () => {
    const response = await fetch(await serveHttps(await trustedServer()))
    expect(response.status).toBe(200)
  })

  test.each<[string, RegExp, () => Promise<string>]>([
    [
      'whose issuer is unknown',
      /^the issuer of its TLS certificate is not known here; have the server send its intermediate certificates, .*NODE_EXTRA_CA_CERTS/,
      async () => serveHttps(await certify({ issuer: await createAuthority('Private') })),
    ],
    [
      'whose chain ends before the root',
      /^the issuer of its TLS certificate is not known here; have the server send/,
      async () => {
        const intermediate = await createAuthority('Intermediate', await createAuthority('Private'))
        const server = await certify({ issuer: intermediate })
        return serveHttps({ ...server, cert: `${server.cert}\n${intermediate.cert}` })
      },
    ],
    [
      'with a self-signed certificate',
      /^its TLS certificate is self-signed; use one from a trusted authority, or set NODE_EXTRA_CA_CERTS/,
      async () => serveHttps(await certify({})),
    ],
    [
      'of a private authority',
      /^its TLS certificate comes from an authority that is not trusted here; set NODE_EXTRA_CA_CERTS/,
      async () => {
        const issuer = await createAuthority('Private')
        const server = await certify({ issuer })
        return serveHttps({ ...server, cert: `${server.cert}\n${issuer.cert}` })
      },
    ],
    [
      'that has expired',
      /^its TLS certificate, or an issuer's, has expired; renew it/,
      async () =>
        serveHttps(await certify({ issuer: trusted, notBeforeDate: inDays(-9), notAfterDate: inDays(-1) })),
    ],
    [
      'that is not valid yet',
      /^its TLS certificate, or an issuer's, is not valid yet; set this machine's clock/,
      async () =>
        serveHttps(await certify({ issuer: trusted, notBeforeDate: inDays(1), notAfterDate: inDays(9) })),
    ],
    [
      'for another host',
      /^its TLS certificate is for another host name; use a host name that the certificate lists/,
      async () => serveHttps(await certify({ issuer: trusted, host: 'other.example' })),
    ],
    [
      'at a port for http',
      /^the port does not speak TLS; use the port that serves https/,
      async () => `https://${await serveHttp()}`,
    ],
    [
      'of an old version',
      /^the server only offers a version of TLS that is too old; enable TLS 1\.2 or 1\.3 there/,
      async () =>
        serveHttps(await trustedServer(), {
          minVersion: 'TLSv1',
          maxVersion: 'TLSv1.1',
          ciphers: 'DEFAULT@SECLEVEL=0',
        }),
    ],
    [
      '1.2 that requires a client certificate',
      /^the server refused the TLS handshake; .*a client certificate, which options\.fetch can present/,
      async () => serveHttps(await trustedServer(), { requestCert: true, maxVersion: 'TLSv1.2' }),
    ],
    [
      '1.3 that requires a client certificate',
      /^the connection was closed before .* whether the server requires a client certificate/,
      async () => serveHttps(await trustedServer(), { requestCert: true }),
    ],
  ])('%s', async (_, sentence, serve) => {
    expectExplained(await failureAt(await serve()), sentence)
  })
})
