import { randomUUID } from 'node:crypto'
import session from 'express-session'
import { decodeJwt } from 'jose'
import { expect, inject, onTestFinished } from 'vitest'
import { memoryStore, type RelyingPartyOptions } from '../../../src/index.ts'
import { startApp, type TestApp } from '../../support/app.ts'
import { certificateFetch } from '../../support/fapi/certificate-fetch.ts'
import { certify, createAuthority, type Identity } from '../../support/providers/tls-servers.ts'
import { type TokenAnswer, tokenRoutes } from '../../support/tokens/token-routes.ts'
import { PersonalBrowser, visit } from '../matrix/person.ts'
import { startKeycloakTls } from '../servers/keycloak.ts'
import { buildRealm } from '../servers/keycloak-realm-data.ts'

/** Whether Keycloak cannot be had here. */
export const isMissing = 'missing' in inject('providers').keycloak

/** The address at which browsers reach the app; a proxy in front of it ends TLS. */
export const baseUrl = 'https://bank.test'

/** A Keycloak behind TLS, and who certifies it and its clients. */
export interface BankProvider extends Awaited<ReturnType<typeof startKeycloakTls>> {
  readonly authority: Identity
}

export async function startBankProvider(): Promise<BankProvider> {
  const authority = await createAuthority('authority')
  const identity = await certify({ issuer: authority })
  return { ...(await startKeycloakTls({ identity, authority: authority.cert })), authority }
}

/** A realm with a client policy, and an app in it. */
export interface Bank {
  /** The certificate of the app; without one, it presents none. */
  identity: Identity | undefined
  /** What the app has asked, as end of the path and status. */
  readonly asked: string[]
  /** Starts the app, or a replica of it. */
  readonly start: (options: RelyingPartyOptions) => Promise<TestApp>
  readonly browserOf: (app: TestApp) => PersonalBrowser
}

/** Makes a realm whose clients have to keep a client profile of Keycloak. */
export async function openBank(provider: BankProvider, clientProfile: string): Promise<Bank> {
  const { admin, authority } = provider
  const realm = `bank-${randomUUID()}`
  await admin('POST', '/realms', buildRealm(realm))
  const { token } = (await admin('POST', `/realms/${realm}/clients-initial-access`, {
    count: 100,
    expiration: 0,
  })) as { readonly token: string }
  const condition = { condition: 'any-client', configuration: {} }
  const policy = { name: 'fapi', enabled: true, conditions: [condition], profiles: [clientProfile] }
  await admin('PUT', `/realms/${realm}/client-policies/policies`, { policies: [policy] })
  const [store, sessions, asked] = [memoryStore(), new session.MemoryStore(), [] as string[]]
  const fetch = certificateFetch(() => ({ identity: bank.identity, ca: authority.cert }))
  const bank: Bank = {
    identity: undefined,
    asked,
    async start(options) {
      const app = await startApp(provider.issuerOf(realm), {
        baseUrl: () => baseUrl,
        session: { name: realm, store: sessions },
        before: express => void express.set('trust proxy', 1),
        after(express) {
          tokenRoutes(express)
          express.get('/info', async (req, res) => void res.json(await req.oidc.fetchUserInfo()))
        },
        relyingParty: {
          store,
          name: 'bank',
          initialAccessToken: token,
          scope: 'openid profile email offline_access',
          requestTimeout: 30, // the machine may be busy
          async fetch(input: string | URL | Request, init?: RequestInit) {
            const answer = await fetch(input, init)
            const { pathname } = new URL(input instanceof Request ? input.url : input)
            asked.push(`${pathname.replace(/.*\//, '')} ${answer.status}`)
            return answer
          },
          ...options,
        } as RelyingPartyOptions,
      })
      onTestFinished(app.close)
      await app.rp.ready({ timeout: 20 })
      return app
    },
    browserOf: app =>
      new PersonalBrowser({
        ca: authority.cert,
        route: url => (url.origin === baseUrl ? new URL(url.pathname + url.search, app.url) : url),
      }),
  }
  return bank
}

/** Signs alice in. */
export async function signInAt(bank: Bank, app: TestApp): Promise<PersonalBrowser> {
  const browser = bank.browserOf(app)
  const page = await visit(browser, { url: baseUrl })
  expect([page.status, page.url], `${app.log.join('\n')}\n${page.text.slice(0, 2_000)}`).toEqual([
    200,
    `${baseUrl}/private`,
  ])
  return browser
}

/** What a page of the app says in JSON. */
export async function readJson(browser: PersonalBrowser, path: string): Promise<Record<string, unknown>> {
  return JSON.parse((await browser.open(baseUrl + path)).text)
}

/** What an access token of the app is bound to. */
export async function bindingOf(browser: PersonalBrowser, query = ''): Promise<Record<string, unknown>> {
  const { status, token, error } = (await readJson(browser, `/token${query}`)) as unknown as TokenAnswer
  expect([status, error]).toEqual([200, undefined])
  return decodeJwt(token ?? '')['cnf'] as Record<string, unknown>
}
