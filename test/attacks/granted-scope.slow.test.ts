import { expect } from 'vitest'
import { requireScopes } from '../../src/index.ts'
import { codeOf, test } from '../support/flow.ts'

test.for([
  ['leaves the scope out, as is right where it is the one that was asked for', undefined, 200],
  ['grants what was asked for', 'openid profile email mail', 200],
  ['grants less', 'openid profile', 403],
  ['grants nothing', '', 200],
  ['grants one that only resembles it', 'openid mailbox email.mail', 403],
  ['grants more', 'openid profile email mail admin', 200],
] as const)(
  'a guard knows by the answer to a sign-in that %s',
  async ([, scope, status], { provider, start, browser }) => {
    provider.tokenResponse = ({ scope: _, ...body }) => (scope === undefined ? body : { ...body, scope })
    const app = await start({
      relyingParty: { scope: 'openid profile email mail' },
      after: routes => {
        routes.get('/mail', requireScopes('mail'), (_req, res) => void res.send('mail'))
        routes.get('/admin', requireScopes('admin'), (_req, res) => void res.send('admin'))
      },
    })
    await browser.open(`${app.url}/private`)
    const page = await browser.open(`${app.url}/mail`)
    expect([page.status, codeOf(page)]).toEqual([status, status === 403 ? 'ERR_OIDC_FORBIDDEN' : undefined])
    expect((await browser.open(`${app.url}/admin`)).status).toBe(scope?.includes('admin') ? 200 : 403)
  },
)
