import { buildStaticCredentials } from '../../protocol/provider/client-authentication.ts'
import { buildConnection, type Provider } from '../../protocol/provider/connection.ts'
import { isManageable } from '../../protocol/registration/client-information.ts'
import { probeClient } from '../../protocol/registration/probe.ts'
import { type GrantedClient, readClientRecord } from '../../relying-party/client/client-record.ts'
import { buildRegistrar } from '../../relying-party/client/registrar.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { OidcApiError } from '../../vocabulary/api-error.ts'
import type { ClientInformation } from '../../vocabulary/oauth2-client.ts'
import { type Finding, failed, passed, skipped, warning } from '../finding.ts'
import { failureOf } from '../format.ts'
import { addressesOf, fetchRegistered } from '../registered-client.ts'
import type { Examination } from './check.ts'

/** Whether the provider knows this app's client, lets it manage its registration, and has its addresses. */
export async function checkClient({ settings, provider }: Examination): Promise<readonly Finding[]> {
  if (settings.client) return checkStatic(settings, provider)
  const { current } = (await readClientRecord(settings)).record
  if (!current)
    return [
      skipped(
        'client',
        `This app is not registered yet: its first start does it, or express-oidc-rp client register.`,
      ),
    ]
  if (!provider)
    return [
      skipped(
        'client',
        `Whether client ${current.clientId} works was not found out: the provider was not discovered.`,
      ),
    ]
  const [alive, management] = await Promise.all([
    checkLife(settings, provider, current),
    checkManagement(settings, provider, current),
  ])
  return [alive, management.finding, ...checkAddresses(settings, management.seen ?? current.granted)]
}

async function checkStatic(settings: Settings, provider: Provider | undefined): Promise<readonly Finding[]> {
  const { client, redirectUri, postLogoutRedirectUri } = settings
  if (!client || !provider) return [skipped('client', 'The provider was not discovered.')]
  const mend = 'options.client, or CLIENT_ID and CLIENT_SECRET: as the provider has them'
  return [
    await probe(settings, provider, { ...buildStaticCredentials(client), clientId: client.clientId }, mend),
    skipped(
      'addresses',
      `See that the provider has ${redirectUri} and ${postLogoutRedirectUri} for this client.`,
    ),
  ]
}

function checkLife(settings: Settings, provider: Provider, client: GrantedClient): Promise<Finding> {
  const mend =
    'nothing: the app mends it at the next sign-in; to do it now: express-oidc-rp client delete --yes, then client register'
  return probe(settings, provider, client, mend)
}

async function probe(
  { redirectUri }: Settings,
  provider: Provider,
  client: Pick<GrantedClient, 'granted' | 'clientId'> & Parameters<typeof buildConnection>[1],
  mend: string,
): Promise<Finding> {
  try {
    const isAlive = await probeClient(await buildConnection(provider, client), redirectUri)
    if (isAlive) return passed('client', `The provider takes the credentials of client ${client.clientId}.`)
    return failed('client', `The provider refuses client ${client.clientId}.`, mend)
  } catch (error) {
    return failed('client', failureOf(error).message, 'the token endpoint of the provider')
  }
}

async function checkManagement(
  settings: Settings,
  provider: Provider,
  client: GrantedClient,
): Promise<{ readonly finding: Finding; readonly seen?: ClientInformation }> {
  const fix = 'nothing to sign in; to manage it again, take another client: express-oidc-rp client rotate'
  if (!isManageable(client.granted)) {
    const sentence = `The provider gave no registration access token with client ${client.clientId}, so the app cannot change its registration.`
    return { finding: warning('management', sentence, fix) }
  }
  try {
    const seen = await fetchRegistered(buildRegistrar(settings, provider), client)
    return { seen, finding: passed('management', 'The app can read and change its registration.') }
  } catch (error) {
    const isOff = error instanceof OidcApiError && error.providerStatus === 404
    const mend = isOff ? 'the registration at the provider, as the check "registration" says' : fix
    return { finding: failed('management', failureOf(error).message, mend) }
  }
}

function checkAddresses(settings: Settings, client: ClientInformation): Finding[] {
  return addressesOf(client, settings).map(({ what, uri, isRegistered }) => {
    if (isRegistered) return passed('addresses', `The ${what} ${uri} is registered.`)
    if (isRegistered === undefined)
      return skipped('addresses', `The provider does not say whether the ${what} ${uri} is registered.`)
    const fix =
      'express-oidc-rp client update; or options.baseUrl (BASE_URL) and options.routes, if the address is wrong'
    return failed('addresses', `The ${what} ${uri} is not registered.`, fix)
  })
}
