import { createHash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { Request } from 'express'
import { refusal } from '../../protocol/tokens/access-token-claims.ts'
import type { BearerSettings } from '../../relying-party/options/parse-objects.ts'

/**
 * Verifies that the caller has presented the certificate that its access token is bound to. Its TLS connection has shown that it has the
 * key.
 *
 * @throws {@link OidcError} `ERR_OIDC_BEARER_TOKEN_INVALID`
 * @see RFC 8705 §3
 */
export function verifyCertificate(
  req: Request,
  { clientCertificateHeader: header }: Pick<BearerSettings, 'clientCertificateHeader'>,
  thumbprint: string,
): void {
  const certificate = header === undefined ? certificateOfConnection(req) : certificateInHeader(req, header)
  if (certificate === undefined)
    throw refusal(
      header === undefined
        ? 'it is bound to a certificate, and the TLS connection has none. Behind a proxy that ends TLS, set options.bearer.clientCertificateHeader'
        : `it is bound to a certificate, and the header ${header} does not hold one (RFC 9440 §2.2)`,
    )
  if (createHash('sha256').update(certificate).digest('base64url') !== thumbprint)
    throw refusal('it is bound to another certificate than the caller has presented')
}

/** The certificate in DER, where this process ends TLS and has asked for one. */
function certificateOfConnection({ socket }: Request): Buffer | undefined {
  return (socket as Partial<TLSSocket>).getPeerCertificate?.()?.raw
}

/** A byte sequence between colons (RFC 9440 §2.1, RFC 9651 §3.3.5). Two of them are as bad as none: one may be the caller's own. */
function certificateInHeader(req: Request, name: string): Buffer | undefined {
  const [value = '', another] = req.headersDistinct[name] ?? []
  const [, encoded] = /^:([\w+/]+={0,2}):$/.exec(value.trim()) ?? []
  return encoded === undefined || another !== undefined ? undefined : Buffer.from(encoded, 'base64')
}
