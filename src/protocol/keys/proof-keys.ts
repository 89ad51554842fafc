import type * as client from 'openid-client'

/** A key that access tokens are bound to, ready to sign proofs (RFC 9449 §4). */
export interface ProofKey {
  /** Its thumbprint (RFC 7638). */
  readonly jkt: string
  /** Signs for the provider, and remembers its nonces. */
  readonly forProvider: client.DPoPHandle
  /** Signs for APIs. Separate, because an API at the provider's own origin has nonces of its own. */
  readonly forApis: client.DPoPHandle
}

/** The keys that this app's access tokens are bound to. All replicas have the same ones. */
export interface ProofKeys {
  /** The key for new tokens. Its algorithm is one of these. */
  current(algorithms: readonly string[]): Promise<ProofKey>
  /** The key of a token that was issued before, or `undefined` if it is no longer there. */
  withThumbprint(jkt: string): Promise<ProofKey | undefined>
}
