/** Writes the signature of a token in another way. */
export const inSignature =
  (change: (signature: string) => string) =>
  (token: string): string => {
    const end = token.lastIndexOf('.') + 1
    return token.slice(0, end) + change(token.slice(end))
  }

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Changes a bit of the last character that stands for no byte of the signature, which therefore stays the same. */
export function withSpareBit(token: string): string {
  const last = alphabet.indexOf(token.at(-1) ?? '')
  return token.slice(0, -1) + alphabet[last ^ 1]
}

/** The order of the curve P-256. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The other half of an ECDSA signature on P-256: `n - s` is as right as `s`. */
export const withOtherHalf = inSignature(signature => {
  const bytes = Buffer.from(signature, 'base64url')
  const other = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const half = Buffer.from(other.toString(16).padStart(64, '0'), 'hex')
  return Buffer.concat([bytes.subarray(0, 32), half]).toString('base64url')
})
