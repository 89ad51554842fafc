import { expect } from 'vitest'
import { test } from '../../support/cli/cli.ts'
import { findingOf, statesOf } from '../../support/cli/command-line.ts'
import { A, tenantProvider } from '../../support/providers/tenants.ts'

test('doctor checks an app at a provider with an issuer for each tenant', async ({
  provider,
  start,
  directory,
  environment,
  cli,
}) => {
  const { options } = tenantProvider(provider)
  const { issuer = '', discoveryUrl = '' } = options([A])
  const app = await start({ directory, relyingParty: options([A]) })
  await app.rp.ready()
  const ran = await cli('doctor --json', {
    environment: {
      ...environment,
      ISSUER_BASE_URL: issuer,
      OIDC_DISCOVERY_URL: discoveryUrl,
      OIDC_TENANTS: A,
      BASE_URL: app.url,
    },
  })
  expect(ran.code).toBe(0)
  const checked = ['discovery', 'endpoints', 'client', 'addresses', 'app', 'session', 'logout']
  expect(statesOf(ran)).toEqual(expect.arrayContaining(checked.map(check => `${check} passed`)))
  expect(findingOf(ran, 'discovery')?.['sentence']).toContain(issuer)
})
