import { expect } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { Browser } from '../support/browser.ts'
import { pass, stopClock } from '../support/clock.ts'
import { test } from '../support/flow.ts'
import { LIFE, offline, refreshesAt } from '../support/tokens/token-flow.ts'
import { askToken, tokenRoutes } from '../support/tokens/token-routes.ts'

stopClock()

const USERS = 40

test('many users who renew tokens and UserInfo at the same time get each their own', async ({
  provider,
  start,
}) => {
  const owners = new Map<string, unknown>()
  provider.tokenResponse = body => {
    const [, payload = ''] = String(body.id_token).split('.')
    owners.set(String(body.access_token), JSON.parse(Buffer.from(payload, 'base64url').toString()).sub)
    return body
  }
  provider.answer('userinfo', ({ headers }, response) => {
    const sub = String(owners.get(headers.authorization?.slice('Bearer '.length) ?? ''))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ sub, name: `Name of ${sub}` }))
  })
  const { relyingParty } = offline(memoryStore(), { userInfo: { when: { every: 60 } } })
  const app = await start({
    ...(relyingParty && { relyingParty }),
    after: routes => {
      tokenRoutes(routes)
      routes.get('/user-info', async (req, res) => void res.json(await req.oidc.fetchUserInfo()))
    },
  })
  const visitors = []
  for (let number = 0; number < USERS; number += 1) {
    const [sub, browser] = [`user-${number}`, new Browser()]
    provider.user = { sub, name: `Name of ${sub}` }
    await browser.open(`${app.url}/private`)
    visitors.push({ sub, browser })
  }

  for (let round = 0; round < 2; round += 1) {
    pass(LIFE + 1)
    const seen = await Promise.all(
      visitors.flatMap(({ sub, browser }) =>
        [0, 1, 2].map(async () => {
          const [{ token }, user, page] = await Promise.all([
            askToken(app, browser),
            app.userOf(browser),
            browser.open(`${app.url}/user-info`),
          ])
          return [sub, owners.get(token ?? ''), user?.['sub'], user?.['name'], JSON.parse(page.text)]
        }),
      ),
    )
    expect(seen).toHaveLength(USERS * 3)
    for (const [sub, ...told] of seen)
      expect(told).toEqual([sub, sub, `Name of ${sub}`, { sub, name: `Name of ${sub}` }])
  }
  expect(refreshesAt(provider)).toHaveLength(USERS * 2)
})
