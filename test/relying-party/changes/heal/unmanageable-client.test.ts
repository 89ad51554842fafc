import { describe, expect } from 'vitest'
import { startReplicas } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { codeOf, expectSignIn, reachCallback } from '../../../support/flow.ts'
import { test } from '../../../support/hydra-flow.ts'
import { postLogout } from '../../../support/logout/tokens.ts'

const relyingParty = { metadata: { token_endpoint_auth_method: 'client_secret_basic' as const } }

describe('a client whose credentials and registration token are void', () => {
  test('still exists: it serves its logout tokens, and the log says so', async ({
    hydra,
    start,
    browser,
  }) => {
    const [app] = await startReplicas(start, 1, { issuer: hydra.issuer, relyingParty })
    await expectSignIn({ app, browser })
    const { sid } = JSON.parse((await browser.open(`${app.url}/login-seen`)).text)
    const before = app.rp.status().clientId ?? ''
    const other = new Browser()
    const callback = await reachCallback(other, app)
    hydra.adminPatch(before, { client_secret: 'changed by hand' })
    expect((await other.open(callback.href)).url).toBe(`${app.url}/private`)
    expect(app.rp.status().retiring.map(({ clientId }) => clientId)).toEqual([before])
    expect(app.log.join('\n')).toMatch(new RegExp(`Client ${before} still exists at the provider`))
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect((await postLogout(app, await hydra.logoutToken(sid, before))).status).toBe(200)
    expect(await app.userOf(browser)).toBeNull()
    await expectSignIn({ app, browser: new Browser() })
  })

  test('is not replaced as long as its credentials are valid', async ({ hydra, start, browser }) => {
    const [app] = await startReplicas(start, 1, { issuer: hydra.issuer, relyingParty })
    hydra.adminPatch(app.rp.status().clientId ?? '', {})
    await expectSignIn({ app, browser })
    expect(hydra.requestsTo('register')).toHaveLength(1)
  })

  test('is not taken for one while the provider has trouble', async ({ hydra, start, browser }) => {
    const [app] = await startReplicas(start, 1, { issuer: hydra.issuer, relyingParty })
    const callback = await reachCallback(browser, app)
    hydra.adminPatch(app.rp.status().clientId ?? '', { client_secret: 'changed by hand' })
    hydra.answer('authorize', (_, response) => void response.writeHead(502).end())
    const page = await browser.open(callback.href)
    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'])
    expect(hydra.requestsTo('register')).toHaveLength(1)
  })
})

describe('a client that was deleted', () => {
  test('is not kept, and the log says that it is gone', async ({ hydra, start, browser }) => {
    const [app] = await startReplicas(start, 1, { issuer: hydra.issuer, relyingParty })
    const before = app.rp.status().clientId ?? ''
    const callback = await reachCallback(browser, app)
    hydra.clients.clear()
    expect((await browser.open(callback.href)).url).toBe(`${app.url}/private`)
    expect(app.rp.status().retiring).toEqual([])
    expect(app.log.join('\n')).toMatch(
      new RegExp(`does not accept client ${before} any more and shows no sign`),
    )
  })
})
