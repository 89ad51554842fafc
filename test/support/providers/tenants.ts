import { generateKeyPairSync } from 'node:crypto'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'
import { audience } from '../tokens/bearer.ts'

export const A = 'aaaaaaaa-0000-4000-8000-00000000000a'
export const B = 'bbbbbbbb-0000-4000-8000-00000000000b'
/** The tenant of private accounts (providers.md, Microsoft Entra ID). */
export const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** A provider whose one document serves many tenants (providers.md §2, 3). */
export interface TenantProvider {
  /** The options of an app that admits these tenants. */
  readonly options: (tenants: NonNullable<RelyingPartyOptions['tenants']>) => RelyingPartyOptions
  readonly issuerOf: (tenant: string) => string
  /** Whose user signs in next, with which claims changed, and whether the consumers' key signs. */
  readonly next: (tenant: string, changes?: object, key?: Key) => void
  /** An access token as Microsoft Entra ID issues it (version 2.0), with these claims changed. */
  readonly accessToken: (tenant: string, changes?: object, key?: Key, header?: JoseHeader) => Promise<string>
}

type Key = 'common' | 'consumers'
type JoseHeader = Readonly<Record<string, unknown>>

export function tenantProvider(provider: ScriptedProvider): TenantProvider {
  const issuerOf = (tenant: string): string => `${provider.issuer}/${tenant}/v2.0`
  const template = issuerOf('{tenantid}')
  const consumersKey = {
    ...publicKey.export({ format: 'jwk' }),
    kid: 'consumers',
    use: 'sig',
    issuer: issuerOf(CONSUMERS),
  }
  Object.assign(provider.metadata, {
    issuer: template,
    authorization_response_iss_parameter_supported: undefined,
  })
  provider.answer('jwks', (_request, response) => {
    const keys = provider.keys.map(({ alg: _, ...key }) => ({ ...key, issuer: template })) // no alg, as there
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ keys: [...keys, consumersKey] }))
  })
  answerWithoutIssuer(provider)
  return {
    issuerOf,
    options: tenants => ({
      issuer: template,
      discoveryUrl: `${provider.issuer}/.well-known/openid-configuration`,
      tenants,
    }),
    next(tenant, changes = {}, key = 'common') {
      provider.idToken = async (claims, header) => {
        const changed = { ...claims, iss: issuerOf(tenant), tid: tenant, ver: '2.0', ...changes }
        if (key === 'common') return { claims: changed, header }
        return provider.sign(changed, { ...header, kid: 'consumers' }, privateKey)
      }
    },
    accessToken(tenant, changes = {}, key = 'common', header = {}) {
      const claims = { ...accessTokenClaims(tenant), iss: issuerOf(tenant), ...changes }
      return key === 'common'
        ? provider.sign(claims, header)
        : provider.sign(claims, { kid: 'consumers', ...header }, privateKey)
    },
  }
}

/** MicrosoftDocs/entra-docs, identity-platform, access-token-claims-reference (2023-05), but for `iss`. */
function accessTokenClaims(tenant: string): object {
  const now = Math.floor(Date.now() / 1_000)
  return {
    aud: audience,
    iat: now,
    nbf: now,
    exp: now + 4_500,
    azp: '6e74172b-be56-4843-9ff4-e66a39bb12e3',
    azpacr: '1',
    name: 'Ann Lee',
    oid: '690222be-ff1a-4d56-abd1-7e4f7d38e474',
    preferred_username: 'ann@corp.example',
    rh: '0.AAAA',
    roles: ['admin'],
    scp: 'read write',
    sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ',
    tid: tenant,
    uti: 'fqiBqXLPj0eQa82S-IYFAA',
    ver: '2.0',
  }
}

/** Leaves `iss` out of authorization responses, or puts another one there. */
export function answerWithoutIssuer(provider: ScriptedProvider, iss?: string): void {
  provider.authorizationResponse = ({ iss: _, ...rest }) => (iss === undefined ? rest : { ...rest, iss })
}
