import { expect } from 'vitest'
import { requireUser } from '../../../src/index.ts'
import { askToken } from '../../support/tokens/token-routes.ts'
import { PersonalBrowser, visit } from '../matrix/person.ts'
import { createByHand, idOf, openShop, page, type Shop, testPage } from './keycloak-shop.ts'

const AUDIENCE = 'https://api.example'

/** The rows of the page, by what the access token gets. */
const rows = Object.fromEntries(
  page.tableBelow('## Access tokens').map(([what = '', where = '']) => [what, where] as const),
)
/** The only one that is not a mapper. */
const TYPE = 'the type at+jwt'
const names = ['the audience', TYPE, 'client_id, which Keycloak calls azp'] as const

testPage('the table about access tokens has the rows of this test', () => {
  expect(Object.keys(rows)).toEqual([...names])
})

testPage('an API takes the access tokens of a client that has every setting of the table', async () => {
  expect(await statusAtApi([...names])).toBe(200)
})

testPage.for(names)('an API takes none without %s', async missing => {
  expect(await statusAtApi(names.filter(name => name !== missing))).toBe(401)
})

/** Signs alice in at a client with these settings, and sends its access token to an API. */
async function statusAtApi(settings: readonly (typeof names)[number][]): Promise<number> {
  const shop = await openShop()
  const hasType = settings.includes(TYPE)
  const attributes = { 'access.token.header.type.rfc9068': String(hasType) } // Use "at+jwt" as access token header type
  const clientSecret = await createByHand(shop, { attributes })
  for (const name of settings) if (name !== TYPE) await addMapper(shop, rows[name] ?? '')
  const app = await shop.start(
    { client: { clientId: 'shop', clientSecret }, bearer: { audience: AUDIENCE, introspection: 'never' } },
    mounted => mounted.get('/api', requireUser(), (req, res) => void res.json(req.user)),
  )
  const browser = new PersonalBrowser()
  await visit(browser, app)
  const { token = '' } = await askToken(app, browser)
  const headers = { accept: 'application/json', authorization: `Bearer ${token}` }
  return (await fetch(`${app.url}/api`, { headers })).status
}

const mappers: Readonly<Record<string, object>> = {
  Audience: {
    protocolMapper: 'oidc-audience-mapper',
    config: { 'access.token.claim': 'true', 'included.custom.audience': AUDIENCE },
  },
  'Hardcoded claim': {
    protocolMapper: 'oidc-hardcoded-claim-mapper',
    config: {
      'access.token.claim': 'true',
      'claim.name': 'client_id',
      'claim.value': 'shop',
      'jsonType.label': 'String',
    },
  },
}

/** Adds the mapper of the type that a row names. */
async function addMapper(shop: Shop, where: string): Promise<void> {
  const [, type = ''] = /a mapper of type ([A-Z][a-z]+(?: [a-z]+)?)(?:,| that)/.exec(where) ?? []
  const settings = mappers[type]
  if (!settings) throw new Error(`The page names no mapper that this test knows: ${where}`)
  const mapper = { ...settings, name: type, protocol: 'openid-connect' }
  await shop.call('POST', `/clients/${await idOf(shop)}/protocol-mappers/models`, mapper)
}
