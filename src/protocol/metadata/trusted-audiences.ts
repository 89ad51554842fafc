/** Other audiences that the app's ID tokens and logout tokens may name: a list, or a function that decides. */
export type TrustedAudiences = readonly string[] | ((audience: string) => boolean)

/** Whether the app trusts another audience of its tokens. */
export function trusts(trusted: TrustedAudiences, audience: unknown): boolean {
  if (typeof audience !== 'string') return false
  return typeof trusted === 'function' ? trusted(audience) === true : trusted.includes(audience)
}
