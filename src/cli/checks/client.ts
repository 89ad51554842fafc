import { buildStaticCredentials } from '../../protocol/client-authentication/client-authentication.ts'
import { buildConnection, type Provider } from '../../protocol/provider/connection.ts'
import { isManageable } from '../../protocol/registration/client-information.ts'
import { probeAuthorization, probeClient } from '../../protocol/registration/probe.ts'
import { fetchRegistration } from '../../relying-party/changes/reconcile-client.ts'
import { type Settings, settingsAtAddresses } from '../../relying-party/options/settings.ts'
import { readClientRecord } from '../../relying-party/record/client-record.ts'
import type { GrantedClient } from '../../relying-party/record/client-record-shape.ts'
import { buildRegistrar } from '../../relying-party/record/registrar.ts'
import { withoutNull } from '../../relying-party/record/requested-metadata.ts'
import { OidcApiError } from '../../vocabulary/api-error.ts'
import type { ClientInformation } from '../../vocabulary/oauth2-client.ts'
import { failureOf } from '../format.ts'
import { addressesOf } from '../registered-client.ts'
import type { CheckContext } from './check.ts'
import { type Finding, failed, passed, skipped, warning } from './finding.ts'

/** Whether the provider accepts this app's client, lets it manage its registration, and has its addresses. */
export async function checkClient({ settings, provider }: CheckContext): Promise<readonly Finding[]> {
  if (settings.client) return checkStatic(settings, provider)
  const { current } = (await readClientRecord(settings)).record
  if (!current)
    return [
      skipped(
        'client',
        'This app is not registered yet. It registers when it first starts; to register it now: express-oidc-rp client register.',
      ),
    ]
  if (!provider)
    return [skipped('client', `Discovery failed, so client ${current.clientId} was not checked.`)]
  const [credentials, management] = await Promise.all([
    checkCredentials(settings, provider, current),
    checkManagement(settings, provider, current),
  ])
  return [credentials, management.finding, ...checkAddresses(settings, management.seen ?? current.granted)]
}

async function checkStatic(settings: Settings, provider: Provider | undefined): Promise<readonly Finding[]> {
  const { client } = settings
  if (!client || !provider) return [skipped('client', 'Discovery failed, so the client was not checked.')]
  const { clientId } = client
  const fix = 'Set options.client, or CLIENT_ID and CLIENT_SECRET, to what the provider has'
  const [credentials, ...addresses] = await Promise.all([
    probe(
      settings,
      provider,
      { ...buildStaticCredentials(client, provider, withoutNull(settings.metadata)), clientId },
      fix,
    ),
    ...(settings.bearer?.tokensOnly ? [] : settingsAtAddresses(settings)).map(here =>
      probeRedirectUri(here, provider, clientId),
    ),
  ])
  return [credentials, ...addresses, ...unseenAddresses(settings)]
}

/**
 * Asks as a browser would, with a request that shows nothing to a user. Its answer depends on the client and on its address, and a refusal
 * also on whether requests have to be pushed.
 */
async function probeRedirectUri(settings: Settings, provider: Provider, clientId: string): Promise<Finding> {
  const { redirectUri, pushedAuthorizationRequests: isPushed } = settings
  const answer = await probeAuthorization(provider, { ...settings, clientId }).catch(() => 'unclear')
  if (answer === 'redirected') return passed('addresses', `The redirect URI ${redirectUri} is registered.`)
  if (answer === 'refused' && !isPushed)
    return failed(
      'addresses',
      `The provider refuses client ${clientId} with the redirect URI ${redirectUri}.`,
      `Register ${redirectUri} for this client at the provider, character by character; if the address is wrong, change options.baseUrl (BASE_URL) or options.routes.callback`,
    )
  return skipped(
    'addresses',
    `Make sure that the provider has the redirect URI ${redirectUri} for this client.`,
  )
}

/** What a provider shows only to an administrator, or to a client that registered itself. */
function unseenAddresses({ addresses, backchannelLogoutUri, bearer }: Settings): Finding[] {
  const all = [...addresses.map(({ postLogoutRedirectUri }) => postLogoutRedirectUri), backchannelLogoutUri]
  const unseen = all.filter(uri => uri !== undefined)
  if (bearer?.tokensOnly || unseen.length === 0) return []
  return [skipped('addresses', `Make sure that the provider has ${unseen.join(' and ')} for this client.`)]
}

function checkCredentials(settings: Settings, provider: Provider, client: GrantedClient): Promise<Finding> {
  const fix =
    'Nothing: the app fixes this at the next sign-in. To do it now: express-oidc-rp client delete --yes, then client register'
  return probe(settings, provider, client, fix)
}

async function probe(
  { redirectUri }: Settings,
  provider: Provider,
  client: Pick<GrantedClient, 'granted' | 'clientId'> & Parameters<typeof buildConnection>[1],
  fix: string,
): Promise<Finding> {
  try {
    const isAlive = await probeClient(await buildConnection(provider, client), redirectUri)
    if (isAlive) return passed('client', `The provider accepts the credentials of client ${client.clientId}.`)
    return failed('client', `The provider refuses client ${client.clientId}.`, fix)
  } catch (error) {
    return failed('client', failureOf(error).message, 'Check the token endpoint of the provider')
  }
}

async function checkManagement(
  settings: Settings,
  provider: Provider,
  client: GrantedClient,
): Promise<{ readonly finding: Finding; readonly seen?: ClientInformation }> {
  const fix =
    'Sign-in does not depend on this. For a client that the app can manage, run: express-oidc-rp client rotate'
  if (!isManageable(client.granted)) {
    const sentence = `The provider issued no registration access token for client ${client.clientId}, so the app cannot change its registration.`
    return { finding: warning('management', sentence, fix) }
  }
  try {
    const seen = await fetchRegistration(buildRegistrar(settings, provider), client)
    return { seen, finding: passed('management', 'The app can read and change its registration.') }
  } catch (error) {
    const isOff = error instanceof OidcApiError && error.providerStatus === 404
    const change = isOff ? 'Switch on registration at the provider, as the check "registration" says' : fix
    return { finding: failed('management', failureOf(error).message, change) }
  }
}

function checkAddresses(settings: Settings, client: ClientInformation): Finding[] {
  const returns = settings.addresses.map(({ postLogoutRedirectUri }) => postLogoutRedirectUri)
  return addressesOf(client, settings).map(({ what, uri, isRegistered }) => {
    if (isRegistered) return passed('addresses', `The ${what} ${uri} is registered.`)
    if (isRegistered === undefined && returns.includes(uri))
      return warning(
        'addresses',
        `The provider does not say that the ${what} ${uri} is registered, so sign-outs end on its own page.`,
        'Run express-oidc-rp client update. If the provider cannot register such an address, set routes.logoutCallback: false',
      )
    if (isRegistered === undefined)
      return skipped('addresses', `The provider does not say whether the ${what} ${uri} is registered.`)
    const fix =
      'Run express-oidc-rp client update; if the address is wrong, change options.baseUrl (BASE_URL) or options.routes'
    return failed('addresses', `The ${what} ${uri} is not registered.`, fix)
  })
}
