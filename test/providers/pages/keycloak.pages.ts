import { setTimeout as pause } from 'node:timers/promises'
import { exportJWK, generateKeyPair } from 'jose'
import { expect } from 'vitest'
import { requireClaims, requireUser } from '../../../src/index.ts'
import type { TestApp } from '../../support/app.ts'
import { until } from '../../support/clock.ts'
import { askToken } from '../../support/tokens/token-routes.ts'
import { alice, goOn, PersonalBrowser, visit } from '../matrix/person.ts'
import {
  addRoles,
  createByHand,
  idOf,
  openShop,
  optionsOfPage,
  page,
  stockOfPage,
  testPage,
} from './keycloak-shop.ts'

/** Lets access tokens of a realm live 4 seconds. */
const SHORT = { accessTokenLifespan: 4 }

async function expectRenewal(app: TestApp, browser: PersonalBrowser): Promise<void> {
  const before = await askToken(app, browser)
  await pause(4_000)
  const after = await askToken(app, browser)
  expect([before.status, after.status, after.token === before.token]).toEqual([200, 200, false])
}

const bob = { ...alice, login: 'bob', password: 'builder' }

testPage('an app with a client made by hand signs in and out, and renews its access token', async () => {
  const shop = await openShop()
  const clientSecret = await createByHand(shop)
  const app = await shop.start({ client: { clientId: 'shop', clientSecret } })
  const browser = new PersonalBrowser()
  await shop.call('PUT', '', SHORT)
  expect(await visit(browser, app)).toMatchObject({ status: 200, url: `${app.url}/private` })
  await expectRenewal(app, browser)
  const left = await goOn(browser, await browser.post(`${app.url}/logout`, { returnTo: '/?out' }))
  expect(left.url).toBe(`${app.url}/?out`)
  expect(await app.userOf(browser)).toBeNull()
  expect((await browser.open(`${app.url}/private`)).text).toMatch(/type="password"/)
})

testPage('a client made by hand with a public key works with the code of the page', async () => {
  const shop = await openShop()
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const named = { kid: 'by-hand', alg: 'ES256', use: 'sig' }
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), ...named }] }
  await createByHand(shop, {
    clientAuthenticatorType: 'client-jwt', // Signed JWT
    attributes: { 'use.jwks.string': 'true', 'jwks.string': JSON.stringify(jwks) },
  })
  const key = JSON.stringify({ ...(await exportJWK(privateKey)), ...named })
  const app = await shop.start(optionsOfPage(shop, { CLIENT_KEY: key }))
  expect((await visit(new PersonalBrowser(), app)).status, app.log.join('\n')).toBe(200)
})

testPage('a logout token ends the login, unless the front channel is on', async () => {
  const [shop, other] = [await openShop(), await openShop()]
  const start = async ({ start: startShop, ...rest }: typeof shop, changes = {}) => {
    const clientSecret = await createByHand({ start: startShop, ...rest }, changes)
    const app = await startShop({ client: { clientId: 'shop', clientSecret } })
    const browser = new PersonalBrowser()
    await visit(browser, app)
    const { sid } = JSON.parse((await browser.open(`${app.url}/login-seen`)).text)
    await rest.call('DELETE', `/sessions/${sid}`)
    return async () => (await app.userOf(browser)) === null
  }
  const isOver = await start(shop)
  await until(isOver)
  const isOverWithFrames = await start(other, { frontchannelLogout: true })
  const isOverAgain = await start(await openShop())
  await until(isOverAgain) // Keycloak has had as much time to tell the one with frames
  expect(await isOverWithFrames()).toBe(false)
})

testPage('an app registers with an initial access token, and asks for the scopes of the page', async () => {
  const shop = await openShop()
  const { token } = (await shop.call('POST', '/clients-initial-access', { count: 1, expiration: 300 })) as {
    readonly token: string
  }
  const [, scope = ''] = /for example `(openid [^`]+)`/.exec(page.text) ?? []
  await shop.call('PUT', '', SHORT)
  const app = await shop.start({ initialAccessToken: token, scope })
  const browser = new PersonalBrowser()
  expect((await visit(browser, app)).status, app.log.join('\n')).toBe(200)
  await expectRenewal(app, browser)
  await app.rp.rotate() // without the token, which is used up
  expect(await visit(new PersonalBrowser(), app)).toMatchObject({ status: 200 })
  const late = await (await openShop()).start({ initialAccessToken: token })
  await expect(late.rp.ready({ timeout: 20 })).rejects.toMatchObject({
    code: 'ERR_OIDC_REGISTRATION_REFUSED',
  })
  expect(late.log.join('\n')).toContain('401')
})

testPage('without the token Keycloak refuses, or asks for consent and gives no roles', async () => {
  const refused = await (await openShop()).start()
  await expect(refused.rp.ready({ timeout: 20 })).rejects.toMatchObject({
    code: 'ERR_OIDC_REGISTRATION_REFUSED',
  })
  expect(refused.log.join('\n')).toMatch(/403[\s\S]*Trusted Hosts/)

  const shop = await openShop()
  await trustThisHost(shop)
  await addRoles(shop, 'userinfo.token.claim')
  const app = await shop.start()
  await app.rp.ready({ timeout: 20 })
  const browser = new PersonalBrowser()
  const login = await browser.open(`${app.url}/private`)
  const asked = await browser.submit(login, { username: alice.login, password: alice.password })
  expect(asked.text).toContain('name="accept"')
  expect((await goOn(browser, asked)).status).toBe(200)
  expect(await app.userOf(browser)).not.toHaveProperty('realm_access')
})

testPage('metadata.scope with openid is refused', async () => {
  const shop = await openShop()
  const made = await shop.call('POST', '/clients-initial-access', { count: 1, expiration: 300 })
  const { token } = made as { readonly token: string }
  const scope = 'openid profile'
  const app = await shop.start({ initialAccessToken: token, scope, metadata: { scope } })
  await expect(app.rp.ready({ timeout: 20 })).rejects.toMatchObject({ code: 'ERR_OIDC_REGISTRATION_REFUSED' })
  expect(app.log.join('\n')).toMatch(/403[\s\S]*Not permitted to use specified clientScope/)
})

testPage.for(['id.token.claim', 'userinfo.token.claim'] as const)(
  'the guards of the page see roles and groups with the mappers in %s, and none without',
  async to => {
    const shop = await openShop()
    const clientSecret = await createByHand(shop)
    await giveRoles(shop)
    const app = await shop.start({ client: { clientId: 'shop', clientSecret } }, mounted => {
      mounted.use('/stock', requireUser(), stockOfPage())
      mounted.get('/staff', requireClaims({ groups: '/staff' }), (_req, res) => void res.send('staff'))
    })
    const early = new PersonalBrowser()
    expect((await visit(early, app, '/stock')).status).toBe(403)
    await addRoles(shop, to)
    const browser = new PersonalBrowser()
    expect((await visit(browser, app, '/stock')).text).toBe('a realm role')
    expect((await browser.open(`${app.url}/stock/orders`)).text).toBe('a client role')
    expect((await browser.open(`${app.url}/staff`)).text).toBe('staff')
    expect((await visit(new PersonalBrowser(), app, '/stock', bob)).status).toBe(403)
    expect((await early.open(`${app.url}/stock`)).status).toBe(403) // as at sign-in
  },
)

testPage('a wrong issuer and a wrong redirect URI end as the page says', async () => {
  const shop = await openShop()
  const clientSecret = await createByHand(shop, { redirectUris: [`${shop.baseUrl}/elsewhere`] })
  const client = { clientId: 'shop', clientSecret }
  const app = await shop.start({ client })
  const stuck = await visit(new PersonalBrowser(), app)
  expect(stuck.text).toContain('Invalid parameter: redirect_uri')
  const wrong = await (await openShop()).start({ issuer: `${shop.issuer}/`, client })
  await expect(wrong.rp.ready({ timeout: 20 })).rejects.toMatchObject({ code: 'ERR_OIDC_DISCOVERY_INVALID' })
})

type Shop = Awaited<ReturnType<typeof openShop>>

async function trustThisHost({ call }: Shop): Promise<void> {
  const type = 'org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy'
  const policies = (await call('GET', `/components?type=${type}`)) as readonly { readonly name: string }[]
  for (const policy of policies) {
    if (policy.name !== 'Trusted Hosts') continue
    const config = {
      'trusted-hosts': ['127.0.0.1', 'localhost'],
      'host-sending-registration-request-must-match': ['true'],
      'client-uris-must-match': ['true'],
    }
    await call('PUT', `/components/${(policy as { readonly id?: string }).id}`, { ...policy, config })
  }
}

/** Gives alice the roles clerk and buyer, and puts her into the group staff, which a mapper tells. */
async function giveRoles(shop: Shop): Promise<void> {
  const { call } = shop
  const client = await idOf(shop)
  const [user] = (await call('GET', '/users?username=alice')) as readonly { readonly id: string }[]
  await call('POST', '/roles', { name: 'clerk' })
  await call('POST', `/clients/${client}/roles`, { name: 'buyer' })
  const roles = `/users/${user?.id}/role-mappings`
  await call('POST', `${roles}/realm`, [await call('GET', '/roles/clerk')])
  await call('POST', `${roles}/clients/${client}`, [await call('GET', `/clients/${client}/roles/buyer`)])
  await call('POST', '/groups', { name: 'staff' })
  const [group] = (await call('GET', '/groups')) as readonly { readonly id: string }[]
  await call('PUT', `/users/${user?.id}/groups/${group?.id}`)
  await call('POST', `/clients/${client}/protocol-mappers/models`, {
    name: 'groups',
    protocol: 'openid-connect',
    protocolMapper: 'oidc-group-membership-mapper', // Group Membership
    config: { 'claim.name': 'groups', 'id.token.claim': 'true', 'full.path': 'true' }, // as the form has it at first
  })
}
