import { describe, expect } from 'vitest'
import { expectSignIn, test } from '../../../support/flow.ts'
import { json } from '../../../support/scripted-provider.ts'

describe('req.user', () => {
  test('joins the claims of the ID token and of the UserInfo, which wins', async ({
    provider,
    app,
    browser,
  }) => {
    provider.idToken = (claims, header) => ({
      claims: { ...claims, name: 'Old Name', roles: ['admin'], amr: ['pwd'] },
      header,
    })
    await expectSignIn({ app, browser })
    const [grant] = provider.requestsTo('authorize')
    expect(grant).toBeDefined()
    expect(await app.userOf(browser)).toEqual({
      iss: provider.issuer,
      sub: 'user-1',
      sid: expect.any(String),
      auth_time: expect.any(Number),
      amr: ['pwd'],
      name: 'Una User',
      email: 'una@example.test',
      roles: ['admin'],
    })
  })

  test('takes the claims of the protocol from the ID token alone', async ({ provider, app, browser }) => {
    const protocol = {
      iss: 'evil',
      aud: 'evil',
      exp: 1,
      iat: 1,
      nbf: 1,
      nonce: 'evil',
      auth_time: 1,
      acr: 'evil',
      vot: 'evil',
      amr: ['evil'],
      azp: 'evil',
      sid: 'evil',
    }
    provider.user = { ...provider.user, ...protocol }
    await expectSignIn({ app, browser })
    const user = await app.userOf(browser)
    expect(JSON.stringify(user)).not.toContain('evil')
    expect(user).toMatchObject({ iss: provider.issuer, name: 'Una User' })
    expect(user?.['auth_time']).not.toBe(1)
  })

  test.for(['UserInfo', 'ID token'])(
    'is not changed by __proto__ in the %s',
    async (place, { provider, app, browser }) => {
      const evil = JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}')
      if (place === 'UserInfo') provider.answer('userinfo', json(withMembers(evil, provider.user)))
      else provider.idToken = (claims, header) => ({ claims: withMembers(evil, claims), header })
      await expectSignIn({ app, browser })
      const user = await app.userOf(browser)
      expect(Object.keys(user ?? {})).not.toContain('__proto__')
      expect(Object.keys(user ?? {})).not.toContain('constructor')
      expect(user).not.toHaveProperty('isAdmin')
      expect({}).not.toHaveProperty('isAdmin')
    },
  )

  test('cannot be changed by one handler for the next', async ({ start, browser }) => {
    const app = await start({
      after: app =>
        void app.get('/escalate', (req, res) => {
          const changed = req.user !== undefined && Reflect.set(req.user, 'sub', 'admin')
          res.json({ changed, sub: req.user?.sub })
        }),
    })
    await expectSignIn({ app, browser })
    expect((await browser.open(`${app.url}/escalate`)).text).toBe('{"changed":false,"sub":"user-1"}')
  })

  test('is there without a UserInfo endpoint', async ({ provider, app, browser }) => {
    provider.metadata.userinfo_endpoint = undefined
    await expectSignIn({ app, browser })
    expect(await app.userOf(browser)).not.toHaveProperty('name')
  })

  test('is gone when its time is over', async ({ start, browser }) => {
    const app = await start({ relyingParty: { absoluteLifetime: 0.3 } })
    await browser.open(`${app.url}/private`)
    await expect.poll(() => app.userOf(browser)).toBeNull()
    await expectSignIn({ app, browser })
  })
})

/** Unlike spread and assignment, keeps a member named `__proto__` as a member. */
function withMembers(one: object, other: object): object {
  const members = [...Object.entries(one), ...Object.entries(other)]
  return Object.defineProperties(
    {},
    Object.fromEntries(members.map(([name, value]) => [name, { value, enumerable: true }])),
  )
}
