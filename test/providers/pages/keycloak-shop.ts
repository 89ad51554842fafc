import { randomUUID } from 'node:crypto'
import { compileFunction } from 'node:vm'
import { type Express, Router } from 'express'
import { inject, onTestFinished, test } from 'vitest'
import { type RelyingPartyOptions, requireRoles } from '../../../src/index.ts'
import { startApp, type TestApp } from '../../support/app.ts'
import { showLogin } from '../../support/logout/logout-pages.ts'
import { freePort } from '../../support/processes/free-port.ts'
import { tokenRoutes } from '../../support/tokens/token-routes.ts'
import { type KeycloakAdmin, keycloakAdmin } from '../servers/keycloak-admin.ts'
import { buildRealm } from '../servers/keycloak-realm-data.ts'
import { readPage } from './page.ts'

export const page = await readPage('keycloak')

const { keycloak } = inject('providers')
export const testPage = test.skipIf('missing' in keycloak)

/** A realm as Keycloak makes it, with users, and the addresses of an app in it. */
export interface Shop {
  readonly issuer: string
  readonly baseUrl: string
  /** Calls the admin API below the realm. */
  readonly call: KeycloakAdmin
  /** Puts the addresses of this test in place of those of the page. */
  readonly moved: (text: string) => string
  readonly start: (relyingParty?: RelyingPartyOptions, after?: (app: Express) => void) => Promise<TestApp>
}

/** Makes a realm, with the settings of the page for the issuer and the app. */
export async function openShop(): Promise<Shop> {
  if ('missing' in keycloak) throw new Error(keycloak.missing)
  const { origin } = new URL(keycloak.addresses[0]?.issuer ?? '')
  const admin = keycloakAdmin(origin, 'admin')
  const realm = `shop-${randomUUID()}`
  await admin('POST', '/realms', buildRealm(realm))
  onTestFinished(async () => void (await admin('DELETE', `/realms/${realm}`)))
  const port = await freePort()
  const moved = (text: string): string =>
    text
      .replaceAll('https://keycloak.example/realms/shop', `${origin}/realms/${realm}`)
      .replaceAll('https://app.example', `http://localhost:${port}`)
  const [settings = ''] = page.blocks('sh')
  const [, issuer = ''] = /ISSUER_BASE_URL=(.*)/.exec(moved(settings)) ?? []
  const [, baseUrl = ''] = /\nBASE_URL=(.*)/.exec(moved(settings)) ?? []
  return {
    issuer,
    baseUrl,
    moved,
    call: (method, path, body) => admin(method, `/realms/${realm}${path}`, body),
    async start(relyingParty, after) {
      const app = await startApp(issuer, {
        port,
        session: { name: realm }, // cookies know no ports
        relyingParty: { baseUrl, ...relyingParty },
        after(mounted) {
          showLogin(mounted)
          tokenRoutes(mounted)
          after?.(mounted)
        },
      })
      onTestFinished(app.close)
      return app
    },
  }
}

interface Named {
  readonly id: string
  readonly name?: string
}

/** Creates the client of the page's first table, each row as it stands there, and returns its secret. */
export async function createByHand(shop: Shop, changes: Fields = {}): Promise<string> {
  const rows = page.tableBelow('## A client made by hand')
  const parts = rows.map(([field = '', value = '']) => fieldOf(field, shop.moved(value)))
  const attributes = Object.assign({}, ...[...parts, changes].map(part => part.attributes))
  const members = Object.assign({ clientId: 'shop', protocol: 'openid-connect' }, ...parts, changes)
  await shop.call('POST', '/clients', { ...members, attributes })
  const { value } = (await shop.call('GET', `/clients/${await idOf(shop)}/client-secret`)) as {
    readonly value: string
  }
  return value
}

export async function idOf({ call }: Shop, clientId = 'shop'): Promise<string> {
  const [client] = (await call('GET', `/clients?clientId=${clientId}`)) as Named[]
  if (!client) throw new Error(`Keycloak has no client ${clientId}.`)
  return client.id
}

interface Fields {
  readonly attributes?: Readonly<Record<string, string>>
  readonly [member: string]: unknown
}

/** What the admin console does for a field of its form. */
function fieldOf(field: string, value: string): Fields {
  const [address = ''] = /http[^,\s]*/.exec(value) ?? []
  const isOn = value.startsWith('on')
  const fields: Readonly<Record<string, Fields>> = {
    'Client authentication': { publicClient: !isOn },
    'Authentication flow': {
      standardFlowEnabled: value === 'only Standard flow',
      directAccessGrantsEnabled: false,
    },
    'Valid redirect URIs': { redirectUris: [address] },
    'Valid post logout redirect URIs': { attributes: { 'post.logout.redirect.uris': address } },
    'Front channel logout': { frontchannelLogout: isOn },
    'Backchannel logout URL': { attributes: { 'backchannel.logout.url': address } },
    'Backchannel logout session required': {
      attributes: { 'backchannel.logout.session.required': String(isOn) },
    },
    'Advanced, Proof Key for Code Exchange': { attributes: { 'pkce.code.challenge.method': value } },
  }
  const found = fields[field]
  if (!found) throw new Error(`This test does not know the field ${field}.`)
  return found
}

/** Switches the mappers on that the page names, in the client scope that it names, for ID tokens or UserInfo. */
export async function addRoles({ call }: Shop, to: 'id.token.claim' | 'userinfo.token.claim'): Promise<void> {
  const scopes = (await call('GET', '/client-scopes')) as (Named & {
    readonly protocolMappers?: readonly (Named & { readonly config: object })[]
  })[]
  const scope = scopes.find(({ name }) => name === 'roles')
  for (const wanted of ['realm roles', 'client roles']) {
    const mapper = scope?.protocolMappers?.find(({ name }) => name === wanted)
    if (!scope || !mapper) throw new Error(`Keycloak has no mapper ${wanted}.`)
    const changed = { ...mapper, config: { ...mapper.config, [to]: 'true' } }
    await call('PUT', `/client-scopes/${scope.id}/protocol-mappers/models/${mapper.id}`, changed)
  }
}

/** The options of the code block that calls relyingParty, as it stands. */
export function optionsOfPage(
  shop: Shop,
  environment: Readonly<Record<string, string>>,
): RelyingPartyOptions {
  const [code = ''] = page.blocks('ts').filter(block => block.includes('privateKey'))
  const run = compileFunction(`return ${withoutImports(shop.moved(code))}`, ['relyingParty', 'process'])
  return run((options: RelyingPartyOptions) => options, { env: environment }) as RelyingPartyOptions
}

/** The router of the code block about roles, as it stands. */
export function stockOfPage(): Router {
  const [code = ''] = page.blocks('ts').filter(block => block.includes('export const stock'))
  const body = withoutImports(code).replace('export const stock', 'const stock')
  return compileFunction(`${body}\nreturn stock`, ['Router', 'requireRoles'])(Router, requireRoles) as Router
}

function withoutImports(code: string): string {
  return code.replace(/^import .*\n/gm, '').trim()
}
