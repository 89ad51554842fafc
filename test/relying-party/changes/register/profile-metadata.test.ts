import { expect, test } from 'vitest'
import type { ProviderMetadata } from '../../../../src/protocol/metadata/provider-metadata.ts'
import { buildClientMetadata, withoutNull } from '../../../../src/relying-party/record/requested-metadata.ts'
import { settingsOf } from '../../../support/settings.ts'

test.for([
  ['any provider', 'https://op.test/authorize', true],
  ['Keycloak, which refuses the member', 'https://op.test/realms/a/protocol/openid-connect/auth', undefined],
] as const)('%s is told that requests are signed', ([, authorization_endpoint, isTold]) => {
  const settings = settingsOf({ profile: 'fapi2-message-signing' })
  const provider = {
    authorization_endpoint,
    token_endpoint_auth_signing_alg_values_supported: ['PS256'],
  } as unknown as ProviderMetadata
  const asked = withoutNull(buildClientMetadata(settings, provider))
  expect(asked.require_signed_request_object).toBe(isTold)
  expect(asked.request_object_signing_alg).toBe('PS256')
  expect(settings.metadata.require_signed_request_object).toBe(true) // they are signed, whatever is registered
})
