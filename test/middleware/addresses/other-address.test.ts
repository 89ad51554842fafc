import { describe, expect } from 'vitest'
import { memoryStore, relyingParty } from '../../../src/index.ts'
import { at, browserOfHosts, twoHosts } from '../../support/apps/two-hosts.ts'
import { routesAt } from '../../support/apps/two-providers.ts'
import { codeOf, locationOf, test } from '../../support/flow.ts'
import { freePort } from '../../support/processes/free-port.ts'

const eachFromOther = [
  ['shop', 'boutique'],
  ['boutique', 'shop'],
] as const

/** What an old browser leaves out. */
const withoutMetadata = { 'sec-fetch-mode': [], 'sec-fetch-dest': [], 'sec-fetch-site': [] }

describe.for([
  ['a browser', {}],
  ['an old browser', withoutMetadata],
] as [string, object][])('in %s', ([, added]) => {
  const headers = added as Readonly<Record<string, string>>

  test.for(eachFromOther)(
    'a sign-out is confirmed that comes from a page at %s to %s',
    async ([from, host], { start }) => {
      const app = await start(twoHosts)
      const browser = browserOfHosts()
      const here = at(host, app.url)
      await browser.open(`${here}/private`)
      const asked = await browser.post(`${here}/logout`, {}, { from: `${at(from, app.url)}/`, headers })
      expect([asked.status, codeOf(asked)]).toEqual([200, undefined])
      expect(asked.text).toContain(`action="${here}/logout"`)
      expect(await browser.open(`${here}/me`)).toMatchObject({ text: expect.stringContaining('user-1') })
    },
  )

  test.for(['shop', 'boutique'])('but not one that comes from a page there: %s', async (host, { start }) => {
    const app = await start(twoHosts)
    const browser = browserOfHosts()
    const here = at(host, app.url)
    await browser.open(`${here}/private`)
    await browser.post(`${here}/logout`, {}, { headers })
    expect((await browser.open(`${here}/me`)).text).toBe('null')
  })
})

test.for([
  ['shop', [200, 'user-1']],
  ['boutique', [200, 'user-1']],
  ['other', [403, 'ERR_OIDC_ORIGIN_REFUSED']],
] as const)(
  'a live connection is opened for pages of the app: at %s',
  async ([host, expected], { start }) => {
    const app = await start({
      ...twoHosts,
      after: server =>
        void server.get('/live', (req, res) => {
          app.rp.authenticate(req).then(
            login => res.send(login?.user.sub),
            error => res.status(error.status).send(error.code),
          )
        }),
    })
    const browser = browserOfHosts()
    await browser.open(`${at('shop', app.url)}/login`)
    const headers = { origin: at(host, app.url) }
    const page = await browser.open(`${at('shop', app.url)}/live`, { headers })
    expect([page.status, page.text]).toEqual(expected)
  },
)

test('a sign-out of the second of two providers returns to the address where it began', async ({
  start,
  provider,
}) => {
  const port = await freePort()
  const baseUrl = twoHosts.baseUrl(`http://localhost:${port}`)
  const second = relyingParty({
    issuer: provider.issuer,
    baseUrl,
    name: 'second',
    routes: routesAt('/b'),
    store: memoryStore(),
    log: false,
  })
  const app = await start({ ...twoHosts, port, before: server => void server.use(second) })
  const here = at('boutique', app.url)
  const browser = browserOfHosts()
  await browser.open(`${here}/b/login`)
  const left = await browser.open(`${here}/logout?returnTo=/private`, { follow: false })
  expect(locationOf(left).searchParams.get('post_logout_redirect_uri')).toBe(`${here}/b/logout/callback`)
  const back = await browser.open(locationOf(left).href, { follow: false })
  expect(locationOf(await browser.open(locationOf(back).href, { follow: false })).href).toBe(
    `${here}/private`,
  )
  await second.close()
})
