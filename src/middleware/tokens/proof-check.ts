import type { Request, Response } from 'express'
import { verifyProof } from '../../protocol/tokens/dpop-proof.ts'
import { proofMarks, unsharedMarks } from '../../relying-party/proof-marks.ts'
import { proofNonces } from '../../relying-party/proof-nonces.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { OidcError } from '../../vocabulary/errors.ts'

/** An access token that came with a request, and the thumbprint of the key that it is bound to. */
interface PresentedToken {
  readonly accessToken: string
  readonly jkt: string
}

/**
 * Verifies that the sender of a request has the key of its access token. The answer brings the nonce for the next request.
 *
 * @throws {@link OidcError} `ERR_OIDC_DPOP_PROOF_INVALID`, or `ERR_OIDC_DPOP_NONCE_REQUIRED` if everything else is right.
 * @see RFC 9449 §7
 */
export type ProofCheck = (req: Request, res: Response, token: PresentedToken) => Promise<void>

/** Makes the check, with what it remembers. */
export function proofCheck(rp: Pick<RelyingParty, 'settings' | 'sealer'>): ProofCheck {
  const nonces = proofNonces(rp)
  const marks = proofMarks(rp.settings)
  const warning = unsharedMarks(rp.settings.store)
  return async (req, res, token) => {
    res.setHeader('DPoP-Nonce', await nonces.current())
    const { baseUrl, profile } = rp.settings
    const proof = readProof(req)
    const request = { ...token, profile, method: req.method, url: publicUrlOf(req, baseUrl) }
    const { id, nonce } = await verifyProof(proof, request)
    const period = await nonces.periodOf(nonce)
    if (period === undefined) throw new OidcError('ERR_OIDC_DPOP_NONCE_REQUIRED')
    if (warning !== undefined) rp.settings.logOnce(warning)
    if (await marks.claim(id, period)) return
    throw new OidcError('ERR_OIDC_DPOP_PROOF_INVALID', { reason: 'it was used before' })
  }
}

/** RFC 9449 §4.3-1. */
function readProof({ headersDistinct }: Request): string {
  const [proof, another] = headersDistinct['dpop'] ?? []
  if (proof !== undefined && another === undefined) return proof
  const reason = proof === undefined ? 'there is no DPoP header' : 'there is more than one DPoP header'
  throw new OidcError('ERR_OIDC_DPOP_PROOF_INVALID', { reason })
}

/**
 * Below the app's own address, whatever `Host` says. A path is not resolved, because `//evil.example` would name another host. The
 * other forms of a request target (RFC 9112 §3.2) would, too, and so would `/mount.evil.example` at a pattern for `/mount` in Express 4.
 */
function publicUrlOf({ originalUrl, baseUrl: mountPath }: Request, baseUrl: string): string {
  const belowMount = originalUrl.slice(mountPath.length)
  if (originalUrl.startsWith('/') && /^([/?]|$)/.test(belowMount)) return baseUrl + belowMount
  throw new OidcError('ERR_OIDC_DPOP_PROOF_INVALID', {
    reason: 'the target of the request is not a path below the address of the app',
  })
}
