/**
 * A profile of OpenID Connect for what must not go wrong, such as payments and health records. An app with a profile keeps all of its
 * rules: an option that contradicts one, or a provider that lacks what one needs, is refused.
 *
 * @see FAPI 2.0 Security Profile, FAPI 2.0 Message Signing
 */
export type Profile = 'fapi2' | 'fapi2-message-signing'

/** Whether a value names a profile. */
export function isProfile(value: unknown): value is Profile {
  return value === 'fapi2' || value === 'fapi2-message-signing'
}
