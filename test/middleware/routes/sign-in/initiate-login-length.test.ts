import { expect } from 'vitest'
import { expectRefusal, expectSignIn, test } from '../../../support/flow.ts'

const ELSEWHERE = 'https://portal.example/apps'

test('a third party may say as much as fits into a URL', async ({ provider, app, browser }) => {
  const fields = {
    iss: provider.issuer,
    login_hint: '名'.repeat(400),
    target_link_uri: `${app.url}/private?tab=2`,
  }
  const page = await browser.post(`${app.url}/initiate-login`, fields, { from: ELSEWHERE })
  expect([page.status, page.url]).toEqual([200, `${app.url}/private?tab=2`])
  expect(provider.requestsTo('authorize')[0]?.query.get('login_hint')).toBe(fields.login_hint)
})

test.for([
  ['a hint of characters that take nine each', { login_hint: '名'.repeat(460) }],
  [
    'a hint and a target together',
    { login_hint: 'a'.repeat(2_048), target_link_uri: `/private?${'a'.repeat(2_000)}` },
  ],
] as const)('%s that are too long for one are refused', async ([, fields], { provider, app, browser }) => {
  const form = { iss: provider.issuer, ...fields }
  const page = await browser.post(`${app.url}/initiate-login`, form, { from: ELSEWHERE })
  await expectRefusal(page, [400, 'ERR_OIDC_INITIATION_INVALID'], { app, browser })
  expect(provider.requestsTo('authorize')).toHaveLength(0)
  await expectSignIn({ app, browser })
})
