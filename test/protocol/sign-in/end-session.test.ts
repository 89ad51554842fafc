import { expect, test } from 'vitest'
import { buildEndSessionForm } from '../../../src/protocol/sign-in/end-session.ts'

test.for([
  ['https://op.example/application/o/shop/end-session/', []],
  ['https://shop.onelogin.com/oidc/2/logout', []],
  ['https://oidc.account.gov.uk/logout', []],
  ['https://oidc.integration.account.gov.uk/logout', []],
  ['https://op.example/oauth2/sessions/logout', []],
  ['https://op.example/logout', ['client_id', 'post_logout_redirect_uri', 'state']],
  ['https://op.example/oidc/2/logout', ['client_id', 'post_logout_redirect_uri', 'state']],
] as const)('without an ID token %s gets %j', ([end_session_endpoint, names]) => {
  const endpoints = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const
  const addresses = Object.fromEntries(endpoints.map(name => [name, 'https://op.example/']))
  const metadata = { issuer: 'https://op.example', ...addresses, end_session_endpoint }
  const request = { clientId: 'c', postLogoutRedirectUri: 'https://app.example/logout/callback', state: 's' }
  const form = buildEndSessionForm(metadata as Parameters<typeof buildEndSessionForm>[0], request)
  expect(Object.keys(form?.fields ?? {})).toEqual(names)
  const own = { post_logout_redirect_uri: 'https://www.app.example/', ui_locales: 'de' }
  const more = buildEndSessionForm(metadata as Parameters<typeof buildEndSessionForm>[0], request, own)
  expect(more?.fields).toEqual({ ...form?.fields, ui_locales: 'de' })
})
