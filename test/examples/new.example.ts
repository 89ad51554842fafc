import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { run } from '../../scripts/command.ts'
import { Browser } from '../support/browser.ts'
import { startCommand } from '../support/processes/child.ts'
import { freePort } from '../support/processes/free-port.ts'
import { ENVIRONMENT, INSTALL } from './example.ts'

test('three commands lead from an empty folder to a sign-in', async ({ onTestFinished }) => {
  const folder = await mkdtemp(join(tmpdir(), 'oidc-new-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const port = await freePort()
  const env = { ...process.env, ...ENVIRONMENT }
  const begun = performance.now()
  const seconds = () => `${((performance.now() - begun) / 1_000).toFixed(1)} s`

  // As `npx express-oidc-rp new`, with the packed file instead of a name that npm looks up.
  const npx = ['exec', '--yes', '--prefer-offline', '--package', inject('tarball'), '--']
  const said = await run('npm', [...npx, 'express-oidc-rp', 'new', 'shop', '--port', String(port)], {
    cwd: folder,
    env,
  })
  expect(said).toContain('  cd shop && npm install\n  npm run dev')
  const created = seconds()
  const shop = join(folder, 'shop')
  await run('npm', [...INSTALL, inject('tarball')], { cwd: shop, env })
  const installed = seconds()
  const app = startCommand(['npm', 'run', '--silent', 'dev'], { cwd: shop, env: ENVIRONMENT })
  onTestFinished(async () => void (await app.stop()))
  const url = `http://localhost:${port}`
  await app.says(`Open ${url} and sign in.`)
  await app.says(`The app listens on port ${port}.`)
  const profile = await new Browser().open(`${url}/profile`)
  expect([profile.status, profile.text.includes('Alice Liddell')]).toEqual([200, true])
  console.log(`An app after ${created}, its packages after ${installed}, a sign-in after ${seconds()}.`)

  const { name, dependencies } = JSON.parse(await readFile(join(shop, 'package.json'), 'utf8'))
  expect([name, dependencies['express-oidc-rp']]).toEqual(['shop', expect.stringMatching(/^file:/)])
})
