import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from '../../support/cli/cli.ts'
import { findingOf } from '../../support/cli/command-line.ts'

const metadata = { dpop_bound_access_tokens: true }

test('a client whose tokens are bound is asked for with a proof, and no key is left behind', async ({
  provider,
  start,
  directory,
  folder,
  cli,
}) => {
  Object.assign(provider.metadata, { dpop_signing_alg_values_supported: ['ES256'] })
  const app = await start({ directory, relyingParty: { metadata } })
  await app.rp.ready()
  await writeFile(
    join(folder, 'oidc.mjs'),
    `export default ${JSON.stringify({ metadata, baseUrl: app.url })}`,
  )
  const ran = await cli('doctor --json --config oidc.mjs')
  expect(findingOf(ran, 'client')).toMatchObject({ state: 'passed' })
  const asked = provider.requestsTo('token').filter(({ body }) => body.includes('client_assertion='))
  expect(asked.map(({ headers }) => typeof headers['dpop'])).toEqual(['string'])
  expect((await readdir(directory)).filter(name => name.includes('dpop'))).toEqual([])
  expect((await readdir(directory)).filter(name => name.includes('client'))).not.toEqual([])
})

test('a provider that does not say that it binds access tokens is named with the missing member', async ({
  provider,
  folder,
  cli,
}) => {
  await writeFile(join(folder, 'oidc.mjs'), `export default ${JSON.stringify({ metadata })}`)
  expect(findingOf(await cli('doctor --json --config oidc.mjs'), 'discovery')).toMatchObject({
    state: 'failed',
    sentence: expect.stringContaining('dpop_signing_alg_values_supported is missing'),
  })
  Object.assign(provider.metadata, { dpop_signing_alg_values_supported: ['ES256'] })
  expect(findingOf(await cli('doctor --json --config oidc.mjs'), 'discovery')).toMatchObject({
    state: 'passed',
  })
})
