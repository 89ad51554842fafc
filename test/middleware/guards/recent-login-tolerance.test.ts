import { expect } from 'vitest'
import { requireRecentLogin } from '../../../src/index.ts'
import { expectSignIn, locationOf, test } from '../../support/flow.ts'

test.for([
  [0, 50, 200],
  [0, 70, 303],
  [undefined, 80, 200],
  [undefined, 100, 303],
  [60, 110, 200],
  [60, 130, 303],
] as const)(
  'with clockTolerance: %s, an authentication %s s ago is answered with %s where 60 s are asked for',
  async ([clockTolerance, age, status], { provider, start, browser }) => {
    provider.idToken = (claims, header) => ({
      claims: { ...claims, auth_time: Math.floor(Date.now() / 1_000) - age },
      header,
    })
    const app = await start({
      relyingParty: clockTolerance === undefined ? {} : { clockTolerance },
      after: server =>
        void server.get('/recent', requireRecentLogin({ maxAge: 60 }), (_req, res) => res.send('recent')),
    })
    await expectSignIn({ app, browser })
    const page = await browser.open(`${app.url}/recent`, { follow: false })
    expect(page.status).toBe(status)
    if (status === 303) expect(locationOf(page).searchParams.get('max_age')).toBe('60')
  },
)
