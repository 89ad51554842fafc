import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { exportJWK, generateKeyPair } from 'jose'
import type { Configuration, JWK, KoaContextWithOIDC } from 'oidc-provider'
import { type LocalProvider, startProvider } from '../../../examples/provider/provider.ts'
import { certify, createAuthority, type Identity } from '../providers/tls-servers.ts'

const ALGORITHMS = ['PS256', 'ES256', 'EdDSA', 'Ed25519'] as const

/** oidc-provider in its FAPI 2.0 profile. */
export interface FapiProvider extends Pick<LocalProvider, 'issuer' | 'requests' | 'provider' | 'close'> {
  /** Where it asks for certificates. */
  readonly mtlsOrigin: string
  /** What came there. */
  readonly mtlsRequests: LocalProvider['requests']
  /** Who certified the provider and certifies its clients. */
  readonly authority: Identity
}

/** What differs from a provider that has everything. */
interface FapiProviderOptions {
  readonly configure?: (usual: Configuration) => Configuration
  /** Members of its configuration that it does not tell. */
  readonly without?: readonly string[]
}

/**
 * Starts oidc-provider with its FAPI 2.0 profile, pushed requests, DPoP with nonces, signed requests and responses, and mutual TLS. Browsers
 * use http on loopback; what asks for a certificate is behind TLS at another port.
 */
export async function startFapiProvider({
  configure = usual => usual,
  without = [],
}: FapiProviderOptions = {}): Promise<FapiProvider> {
  const authority = await createAuthority('authority')
  const { server, origin } = await listenTls(authority)
  const keys = await signingKeys()
  const local = await startProvider({
    configuration: usual => configure(withFapi(usual, keys, origin)),
    extend: provider =>
      void provider.use(async (ctx, next) => {
        await next()
        if (ctx.path === '/.well-known/openid-configuration') hide(ctx.body, without)
      }),
  })
  const requests: { method: string; path: string; status: number }[] = []
  const answer = local.provider.callback()
  server.on('request', (request, response) => {
    const { method = '', url = '' } = request
    const path = url.replace(/\?.*/, '')
    response.on('finish', () => requests.push({ method, path, status: response.statusCode }))
    void answer(request, response)
  })
  return {
    ...local,
    authority,
    mtlsOrigin: origin,
    mtlsRequests: requests,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await local.close()
    },
  }
}

function hide(document: unknown, members: readonly string[]): void {
  for (const member of members) Reflect.deleteProperty(document as object, member)
}

async function listenTls(authority: Identity): Promise<{ readonly server: Server; readonly origin: string }> {
  const identity = await certify({ issuer: authority })
  const server = createServer({
    key: identity.private,
    cert: identity.cert,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: false,
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function signingKeys(): Promise<JWK[]> {
  return Promise.all(
    (['PS256', 'ES256'] as const).map(async alg => {
      const { privateKey } = await generateKeyPair(alg, { extractable: true })
      return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `provider-${alg}` } as JWK
    }),
  )
}

function withFapi(usual: Configuration, keys: JWK[], mtlsOrigin: string): Configuration {
  const methods = ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'] as const
  return {
    ...usual,
    jwks: { keys },
    clientAuthMethods: [...methods],
    clientDefaults: {
      ...usual.clientDefaults,
      id_token_signed_response_alg: 'PS256',
      authorization_signed_response_alg: 'PS256',
    },
    enabledJWA: {
      ...usual.enabledJWA,
      clientAuthSigningAlgValues: [...ALGORITHMS],
      idTokenSigningAlgValues: ['PS256', 'ES256'],
      requestObjectSigningAlgValues: [...ALGORITHMS],
      authorizationSigningAlgValues: ['PS256', 'ES256'],
      dPoPSigningAlgValues: [...ALGORITHMS],
    },
    discovery: {
      mtls_endpoint_aliases: {
        token_endpoint: `${mtlsOrigin}/token`,
        userinfo_endpoint: `${mtlsOrigin}/me`,
        revocation_endpoint: `${mtlsOrigin}/token/revocation`,
        pushed_authorization_request_endpoint: `${mtlsOrigin}/request`,
        registration_endpoint: `${mtlsOrigin}/reg`,
      },
    },
    features: {
      ...usual.features,
      fapi: { enabled: true, profile: '2.0' },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
      requestObjects: { enabled: true },
      jwtResponseModes: { enabled: true },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        tlsClientAuth: true,
        selfSignedTlsClientAuth: true,
        getCertificate: ctx => certificateOf(ctx)?.toString(),
        certificateAuthorized: ctx => (ctx.socket as TLSSocket).authorized,
        certificateSubjectMatches: (ctx, property, expected) =>
          property === 'tls_client_auth_san_dns' && certificateOf(ctx)?.checkHost(expected) !== undefined,
      },
    },
  }
}

function certificateOf({ socket }: KoaContextWithOIDC): X509Certificate | undefined {
  const { raw } = (socket as Partial<TLSSocket>).getPeerCertificate?.() ?? {}
  return raw && new X509Certificate(raw)
}
