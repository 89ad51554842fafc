import { ownFields } from '../../../src/protocol/sign-in/unsigned-fields.ts'
import { ownTokenParameters } from '../../../src/protocol/tokens/own-token-parameters.ts'

/** Fields of the callback that no app may ask for. */
export const wrongCallbackFields: (readonly [path: string, rule: string, options: object])[] = [
  ...[...ownFields].map(
    name => ['callbackFields', `must not contain ${name}`, { callbackFields: ['user', name] }] as const,
  ),
]

/** Parameters of requests to the token endpoint that no app may set. */
export const wrongTokenEndpointParameters: (readonly [path: string, rule: string, options: object])[] = [
  ...[...ownTokenParameters].map(
    name =>
      [
        `tokenEndpointParameters.${name}`,
        name === 'scope' ? 'is set by options.scope' : 'is set by the library itself',
        { tokenEndpointParameters: { [name]: 'canary-secret' } },
      ] as const,
  ),
  ['tokenEndpointParameters.resource', 'must be a string', { tokenEndpointParameters: { resource: ['a'] } }],
]

/** Parameters of authorization requests that no app may set, each with the rule that the message states. */
export function wrongAuthorizationParameters(
  canary: string,
): (readonly [path: string, rule: string, options: object])[] {
  const names: Readonly<Record<string, readonly [rule: string, values: readonly unknown[]]>> = {
    state: ['is set by the library', [canary]],
    prompt: ['must not be none', ['none']],
    acr_values: ['must be a string, with several values', [7, true, null, [canary], { canary }]],
    vtr: ['must be an array, or its JSON', [7, null, { canary }]],
    claims: ['must be an object, or its JSON', [7, null, [canary], { canary: 1n }]],
  }
  return Object.entries(names).flatMap(([name, [rule, values]]) =>
    values.map(
      value =>
        [`authorizationParameters.${name}`, rule, { authorizationParameters: { [name]: value } }] as const,
    ),
  )
}
