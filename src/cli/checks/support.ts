import { listedNames, type ProviderMetadata, readSupport } from '../../protocol/metadata/provider-metadata.ts'
import { frontchannelLoss } from '../../protocol/metadata/quirks.ts'
import { readClientMetadata } from '../../protocol/registration/read-client-metadata.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { CheckContext } from './check.ts'
import { type Finding, failed, passed, skipped, warning } from './finding.ts'

/** Whether the provider supports what these options ask for, as far as its configuration tells. */
export async function checkSupport({ settings, provider }: CheckContext): Promise<readonly Finding[]> {
  if (!provider)
    return [skipped('support', 'Discovery failed, so it was not checked what the provider supports.')]
  const { metadata } = provider
  const found = [
    ...checkResponseMode(settings, metadata),
    ...checkRefresh(settings, metadata),
    ...checkAuthentication(settings, metadata),
    ...checkFrontchannel(settings, metadata),
  ]
  if (found.length > 0) return found
  return [passed('support', 'The provider lists everything that these options ask for.')]
}

function checkResponseMode({ responseMode }: Settings, metadata: ProviderMetadata): Finding[] {
  const { responseModes } = readSupport(metadata)
  const isListed = (mode: string): boolean => listedNames(mode).some(name => responseModes.includes(name))
  if (responseMode === 'query' || isListed(responseMode)) return []
  const other = responseMode === 'form_post.jwt' && isListed('jwt') ? 'jwt' : 'query'
  return [
    failed(
      'support',
      `The provider does not list the response mode ${responseMode}: it has ${responseModes.join(', ')}.`,
      `Set options.responseMode: '${other}'`,
    ),
  ]
}

/**
 * Only this scope: a provider need not list the others (OpenID Connect Discovery 1.0 §3), and Hydra lists none that its
 * administrator has added.
 */
function checkRefresh({ scope }: Settings, metadata: ProviderMetadata): Finding[] {
  if (!scope.split(' ').includes('offline_access') || readSupport(metadata).offersRefreshTokens !== false)
    return []
  return [
    warning(
      'support',
      'The provider does not list the scope offline_access, so there may be no refresh token.',
      'Leave offline_access out of options.scope (OIDC_SCOPE), and ask for refresh tokens as the provider documents',
    ),
  ]
}

function checkAuthentication({ client, metadata: asked }: Settings, metadata: ProviderMetadata): Finding[] {
  const { authenticationMethods: listed } = readSupport(metadata)
  const method = client ? undefined : readClientMetadata(asked).authenticationMethod
  if (!method || !listed || listed.includes(method)) return []
  return [
    failed(
      'support',
      `The provider does not list the client authentication ${method}: it has ${listed.join(', ')}.`,
      'Change options.metadata.token_endpoint_auth_method, or leave it out: the app then chooses the strongest that the provider has',
    ),
  ]
}

function checkFrontchannel(
  { frontchannelLogoutUri, bearer }: Settings,
  metadata: ProviderMetadata,
): Finding[] {
  if (frontchannelLogoutUri === undefined || bearer?.tokensOnly) return []
  const fix = 'Leave out options.routes.frontchannelLogout: the back channel ends the same sessions'
  const loss = frontchannelLoss(metadata)
  if (loss !== undefined) return [warning('support', `options.routes.frontchannelLogout is on. ${loss}`, fix)]
  if (readSupport(metadata).hasFrontchannelLogout) return []
  return [
    warning(
      'support',
      'The provider does not say that it has front-channel logout, which options.routes.frontchannelLogout is for.',
      fix,
    ),
  ]
}
