/** Whether a text has only printable ASCII characters, spaces included: what a header may carry (RFC 9110 §5.5). */
export function isPrintableAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

/** Whether a text has only printable ASCII characters and no space (`VCHAR`, RFC 5234 appendix B.1). */
export function isVisibleAscii(text: string): boolean {
  return /^[\x21-\x7e]*$/.test(text)
}
