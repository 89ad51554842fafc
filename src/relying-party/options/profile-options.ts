import { isCertificateMethod } from '../../protocol/client-authentication/certificates.ts'
import { isTemplate } from '../../protocol/metadata/issuer-template.ts'
import { allowedBy, profileMethods, signsMessages } from '../../protocol/metadata/profile.ts'
import { findContradiction, withProfileMetadata } from '../../protocol/registration/profile-metadata.ts'
import { readClientMetadata } from '../../protocol/registration/read-client-metadata.ts'
import { isObject } from '../../vocabulary/json.ts'
import { isProfile } from '../../vocabulary/profile.ts'
import { optionError } from './option-error.ts'
import type { ParsedOptions } from './option-table.ts'

/** Adds what a profile sets, where the options do not say it, so that the other rules see it. */
export function withProfile(given: Readonly<Record<string, unknown>>): object {
  const { profile, metadata = {} } = given
  if (!isProfile(profile) || !isObject(metadata)) return given
  return {
    pushedAuthorizationRequests: true,
    ...(signsMessages(profile) && { responseMode: 'jwt' }),
    ...given,
    metadata: withProfileMetadata(profile, metadata),
  }
}

type Check = (options: ParsedOptions) => readonly [path: string, rule: string] | false | undefined

/** FAPI 2.0 Security Profile §5.2.2, §5.3.3: each of them on its own would undo what the profile is for. */
const checks: readonly Check[] = [
  ({ allowInsecureIssuer: isInsecure }) => isInsecure && ['allowInsecureIssuer', 'must not be true'],
  ({ issuer }) => isTemplate(issuer) && ['issuer', 'must not have a placeholder for the tenant'],
  ({ pushedAuthorizationRequests: isPushed }) =>
    !isPushed && ['pushedAuthorizationRequests', 'must not be false'],
  ({ trustedAudiences: others }) =>
    (typeof others === 'function' || others.length > 0) && [
      'trustedAudiences',
      'must be left out: a token has one audience',
    ],
  ({ clientAssertions: { audience } }) =>
    audience === 'token_endpoint' && ['clientAssertions.audience', 'must not be token_endpoint'],
  ({ client }) =>
    client?.clientSecret !== undefined && ['client.clientSecret', 'must be replaced by a privateKey'],
  ({ client, metadata }) =>
    client &&
    !client.privateKey &&
    !client.assertion &&
    !isCertificateMethod(
      client.authenticationMethod ?? readClientMetadata(metadata).authenticationMethod,
    ) && [
      'client',
      `must have a privateKey, or an authenticationMethod of ${profileMethods.slice(1).join(' or ')}`,
    ],
  ({ profile, client }) =>
    signsMessages(profile) &&
    client &&
    !client.privateKey && ['client.privateKey', 'is required, because it signs the requests'],
  verifyKey,
  ({ profile, metadata }) => {
    const contradiction = profile && findContradiction(profile, metadata)
    return contradiction && [`metadata.${contradiction.member}`, contradiction.rule]
  },
  ({ profile, responseMode }) =>
    signsMessages(profile) &&
    !responseMode.endsWith('jwt') && ['responseMode', 'must be jwt or form_post.jwt'],
]

/** A key without `alg` signs with the algorithm that fits it. */
function verifyKey({ profile, client }: ParsedOptions): ReturnType<Check> {
  if (!client?.privateKey) return undefined
  const { kty, crv, alg } = client.privateKey
  const fitting = [kty === 'RSA' && 'PS256', crv === 'P-256' && 'ES256', crv === 'Ed25519' && 'EdDSA']
  const allowed = allowedBy(profile)
  return (
    !allowed.some(one => (alg === undefined ? fitting.includes(one) : one === alg)) && [
      'client.privateKey.alg',
      `must be ${allowed.join(' or ')}`,
    ]
  )
}

/** Refuses options that contradict the profile. */
export function verifyProfile(options: ParsedOptions): void {
  if (options.profile === undefined) return
  for (const check of checks) {
    const broken = check(options)
    if (!broken) continue
    const [path, rule] = broken
    throw optionError(path, rule.includes('options.profile') ? rule : `${rule}, because of options.profile`)
  }
}
