/** Bytes of name and value with which Chromium, Firefox and Safari keep a cookie (RFC 6265bis §5.6). */
export const LARGEST_COOKIE = 4_096

/** Whether a browser keeps what a header `Set-Cookie` asks it to keep. */
export function isKept(setCookie: string): boolean {
  return sizeOf(setCookie) <= LARGEST_COOKIE
}

/** Bytes of the name and the value of a cookie. */
export function sizeOf(setCookie: string): number {
  return Buffer.byteLength(setCookie.split(';')[0] ?? '') - 1
}
