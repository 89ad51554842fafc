import { exportJWK, generateKeyPair, type JWK } from 'jose'

/** A key set, as a client has it, whose private key nobody has. */
export async function foreignKeys(): Promise<{ readonly keys: readonly JWK[] }> {
  const { publicKey } = await generateKeyPair('PS256')
  return { keys: [{ ...(await exportJWK(publicKey)), kid: 'foreign', use: 'sig', alg: 'PS256' }] }
}
