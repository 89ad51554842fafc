import type { Administration, ProviderAddress } from './administration.ts'
import { foreignKeys } from './foreign-keys.ts'
import type { KeycloakAdmin } from './keycloak-admin.ts'
import { offerClasses } from './keycloak-classes.ts'
import { buildRealm } from './keycloak-realm-data.ts'

/** Who may register: apps that have an initial access token, or every app. */
export type Registration = 'by-token' | 'open'

interface Named {
  readonly id: string
  readonly name?: string
  readonly clientId?: string
  readonly subType?: string
}

const POLICY = 'org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy'

/** Makes a realm with its users, and answers with what an app needs there. */
export async function createRealm(
  admin: KeycloakAdmin,
  name: string,
  registration: Registration,
): Promise<ProviderAddress['options']> {
  await admin('POST', '/realms', buildRealm(name))
  await tellRoles(admin, name)
  if (registration === 'open') {
    await openRegistration(admin, name)
    return {}
  }
  const issued = await admin('POST', `/realms/${name}/clients-initial-access`, {
    count: 10_000,
    expiration: 0,
  })
  return { initialAccessToken: (issued as { readonly token: string }).token }
}

/** Puts the roles of the realm into the UserInfo, as the documentation says. */
async function tellRoles(admin: KeycloakAdmin, realm: string): Promise<void> {
  const scopes = (await admin('GET', `/realms/${realm}/client-scopes`)) as (Named & {
    readonly protocolMappers?: readonly (Named & { readonly config: object })[]
  })[]
  const roles = scopes.find(scope => scope.name === 'roles')
  const mapper = roles?.protocolMappers?.find(({ name }) => name === 'realm roles')
  if (!roles || !mapper) throw new Error('Keycloak has no mapper for realm roles.')
  const changed = { ...mapper, config: { ...mapper.config, 'userinfo.token.claim': 'true' } }
  const path = `/realms/${realm}/client-scopes/${roles.id}/protocol-mappers/models/${mapper.id}`
  await admin('PUT', path, changed)
}

/** Removes what forbids registrations without a token. */
async function openRegistration(admin: KeycloakAdmin, realm: string): Promise<void> {
  const policies = (await admin('GET', `/realms/${realm}/components?type=${POLICY}`)) as Named[]
  for (const { id, subType } of policies)
    if (subType === 'anonymous') await admin('DELETE', `/realms/${realm}/components/${id}`)
}

type RealmAdministration = Omit<Administration, 'restart' | 'wipe'>

/** What an administrator of a realm can do. */
export function administrateRealm(admin: KeycloakAdmin, realm: string): RealmAdministration {
  const call = (method: string, path: string, body?: unknown) =>
    admin(method, `/realms/${realm}${path}`, body)
  const client = async (clientId: string): Promise<Named & { readonly attributes?: object }> => {
    const [found] = (await call('GET', `/clients?clientId=${encodeURIComponent(clientId)}`)) as Named[]
    if (found === undefined) throw new Error(`Keycloak has no client ${clientId}.`)
    return found
  }
  const change = async (clientId: string, members: object, attributes: object = {}): Promise<void> => {
    const found = await client(clientId)
    const changed = { ...found, ...members, attributes: { ...found.attributes, ...attributes } }
    await call('PUT', `/clients/${found.id}`, changed)
  }
  return {
    async clientsNamed(name) {
      const clients = (await call('GET', '/clients?max=1000')) as Named[]
      return clients.filter(found => found.name === name).map(found => String(found.clientId))
    },
    deleteClient: async clientId => void (await call('DELETE', `/clients/${(await client(clientId)).id}`)),
    disableClient: clientId => change(clientId, { enabled: false }),
    changeSecret: async clientId =>
      void (await call('POST', `/clients/${(await client(clientId)).id}/client-secret`)),
    changeKeys: async clientId =>
      change(clientId, {}, { 'jwks.string': JSON.stringify(await foreignKeys()) }),
    voidRegistrationToken: async clientId =>
      void (await call('POST', `/clients/${(await client(clientId)).id}/registration-access-token`)),
    shortenTokens: clientId => change(clientId, {}, { 'access.token.lifespan': '4' }),
    askConsent: clientId => change(clientId, { consentRequired: true }),
    endSession: async sid => void (await call('DELETE', `/sessions/${sid}`)),
    ...switches(call),
    offerClasses: () => offerClasses(admin, realm),
    async issueTokens(clientId, { audience, apiClient }) {
      await change(clientId, {}, { 'access.token.header.type.rfc9068': 'true' })
      for (const mapper of [...jwtMappers(clientId, audience), audienceMapper(apiClient)])
        await call('POST', `/clients/${(await client(clientId)).id}/protocol-mappers/models`, mapper)
    },
  }
}

function switches(call: KeycloakAdmin): Pick<Administration, 'switchRegistration' | 'rotateKeys'> {
  const component = {
    parentId: undefined,
    providerType: POLICY,
    providerId: 'max-clients',
    name: 'No more clients',
  }
  return {
    async switchRegistration(isOn) {
      const found = (await call('GET', `/components?type=${POLICY}&name=No%20more%20clients`)) as Named[]
      for (const { id } of found) if (isOn) await call('DELETE', `/components/${id}`)
      if (isOn) return
      for (const subType of ['anonymous', 'authenticated'])
        await call('POST', '/components', { ...component, subType, config: { 'max-clients': ['0'] } })
    },
    async rotateKeys() {
      const config = { priority: ['1000'], keySize: ['2048'], algorithm: ['RS256'] }
      const providerType = 'org.keycloak.keys.KeyProvider'
      await call('POST', '/components', {
        name: 'a new key',
        providerId: 'rsa-generated',
        providerType,
        config,
      })
    },
  }
}

const common = { protocol: 'openid-connect' }
const into = { 'access.token.claim': 'true', 'introspection.token.claim': 'true' }

/** Keycloak introspects a token only for a client that is in its audience. */
function audienceMapper(audience: string): object {
  return {
    ...common,
    name: `audience ${audience}`,
    protocolMapper: 'oidc-audience-mapper',
    config: { ...into, 'included.custom.audience': audience },
  }
}

function jwtMappers(clientId: string, audience: string): object[] {
  return [
    audienceMapper(audience),
    {
      ...common,
      name: 'client_id',
      protocolMapper: 'oidc-hardcoded-claim-mapper',
      config: { ...into, 'claim.name': 'client_id', 'claim.value': clientId, 'jsonType.label': 'String' },
    },
  ]
}
