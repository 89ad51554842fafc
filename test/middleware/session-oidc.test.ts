import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { startApp } from '../support/app.ts'
import { Browser } from '../support/browser.ts'
import { scriptedProvider } from '../support/scripted-provider.ts'

test('a request that is printed shows nothing of the relying party', async () => {
  const provider = await scriptedProvider()
  const app = await startApp(provider.issuer, {
    after: under => under.get('/printed', (req, res) => void res.send(inspect(req, { depth: 9 }))),
  })
  const { text } = await new Browser().open(`${app.url}/printed`)
  expect(text).toMatch(/Symbol\(express-oidc-rp\)\]?: …/)
  expect(text).not.toContain(provider.issuer)
  await app.close()
  await provider.close()
})

test('the functions of req.oidc can be taken out of it, and its JSON is what it says about the user', async () => {
  const provider = await scriptedProvider()
  const app = await startApp(provider.issuer, {
    after: under =>
      under.get('/taken', async ({ oidc }, res) => {
        const { getAccessToken, fetchUserInfo, returnPath, login, logout } = oidc
        const userInfo = await fetchUserInfo()
        res.json({
          oidc,
          sub: userInfo['sub'],
          hasToken: (await getAccessToken()).length > 0,
          returnPath,
          others: [typeof login, typeof logout, typeof oidc.fetch],
        })
      }),
  })
  const browser = new Browser()
  await browser.open(`${app.url}/private`)
  const { text } = await browser.open(`${app.url}/taken`)
  const { oidc, ...rest } = JSON.parse(text)
  expect(rest).toEqual({
    sub: oidc.claims.sub,
    hasToken: true,
    returnPath: '/taken',
    others: ['function', 'function', 'function'],
  })
  expect(oidc).toEqual({
    isAuthenticated: true,
    claims: expect.objectContaining({ iss: provider.issuer }),
    loginId: expect.stringMatching(/^[\w-]{22}$/), // 128 bits
    scope: expect.any(String),
    baseUrl: app.url,
    loginUrl: `${app.url}/login`,
  })
  await app.close()
  await provider.close()
})
