import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { AdminApi } from '../../../examples/hydra/login-consent/admin-api.ts'
import { createLoginConsent } from '../../../examples/hydra/login-consent/app.ts'
import { OidcApi } from '../../../src/index.ts'
import { startApp, type TestApp } from '../../support/app.ts'
import { freePort } from '../../support/processes/free-port.ts'
import { goOn, PersonalBrowser, visit } from '../matrix/person.ts'
import { installHydra } from '../servers/hydra.ts'
import { administrateHydra } from '../servers/hydra-admin.ts'
import { callJson, startProcess } from '../servers/process.ts'
import { readPage } from './page.ts'

const page = await readPage('hydra')
const { hydra } = inject('providers')
const testPage = test.skipIf('missing' in hydra)

interface RunningHydra {
  readonly issuer: string
  readonly admin: string
}

/** Runs the command of the page as it stands, only at other ports. */
async function runCommand(change = (command: string): string => command): Promise<RunningHydra> {
  const [command = ''] = page.blocks('sh').filter(block => block.includes('hydra serve'))
  const ports = { open: await freePort(), admin: await freePort(), pages: await freePort() }
  // In one pass, because the new port may contain the other one's digits.
  const moved = command.replace(
    /:(4444|3001)\b/g,
    (_, port) => `:${port === '4444' ? ports.open : ports.pages}`,
  )
  const [issuer, admin] = [`http://127.0.0.1:${ports.open}`, `http://127.0.0.1:${ports.admin}`]
  const program = await startProcess({
    command: ['sh', '-c', change(moved).replace('hydra serve', 'exec hydra serve')],
    env: {
      PATH: `${dirname(await installHydra())}:${process.env['PATH'] ?? ''}`,
      SERVE_PUBLIC_PORT: String(ports.open),
      SERVE_ADMIN_PORT: String(ports.admin),
      SQA_OPT_OUT: 'true',
    },
    readyUrls: [
      `${admin}/health/ready`,
      `${issuer}/.well-known/openid-configuration`,
      `${issuer}/.well-known/jwks.json`,
    ],
    timeout: 90_000,
  })
  onTestFinished(program.stop)
  const pages = createLoginConsent(new AdminApi(admin)).listen(ports.pages, '127.0.0.1')
  await once(pages, 'listening')
  onTestFinished(() => {
    pages.closeAllConnections()
    pages.close()
  })
  return { issuer, admin }
}

async function start(issuer: string, relyingParty = {}): Promise<TestApp> {
  const app = await startApp(issuer, { relyingParty })
  onTestFinished(app.close)
  return app
}

/** The names of the two switches, in the order of the table. */
const [registration = '', advertisement = ''] = page
  .tableBelow('## Ory Hydra')
  .map(([variable = '']) => variable.split('=')[0] ?? '')

const without = (name: string) => (command: string) => command.replace(new RegExp(`${name}=\\S+ `), '')

testPage('the command starts a Hydra where an app registers, signs in and signs out', async () => {
  const { issuer } = await runCommand()
  const app = await start(issuer)
  const browser = new PersonalBrowser()
  expect(await visit(browser, app)).toMatchObject({ status: 200, url: `${app.url}/private` })
  expect(await app.userOf(browser)).toMatchObject({ sub: expect.any(String) })
  expect(await app.userOf(browser)).not.toHaveProperty('acr')
  const left = await goOn(browser, await browser.post(`${app.url}/logout`, { returnTo: '/?out' }))
  expect(left.url).toBe(`${app.url}/?out`)
  expect(await app.userOf(browser)).toBeNull()
})

testPage('without the first switch Hydra answers 404, and the app reports it', async () => {
  const { issuer } = await runCommand(without(registration))
  expect(registration).toBe('OIDC_DYNAMIC_CLIENT_REGISTRATION_ENABLED')
  const app = await start(issuer)
  await expect(app.rp.ready({ timeout: 20 })).rejects.toMatchObject({ code: 'ERR_OIDC_REGISTRATION_REFUSED' })
  expect(app.log.join('\n')).toContain('HTTP 404')
  expect(app.log.join('\n')).toContain('Dynamic registration is not enabled.')
})

testPage('without the second switch the app registers all the same', async () => {
  const { issuer } = await runCommand(without(advertisement))
  expect(advertisement).toBe('WEBFINGER_OIDC_DISCOVERY_CLIENT_REGISTRATION_URL')
  const app = await start(issuer)
  await app.rp.ready({ timeout: 20 })
  expect((await visit(new PersonalBrowser(), app)).url).toBe(`${app.url}/private`)
})

testPage('a wrong second switch misleads the app, unless the option overrides it', async () => {
  // It listens, so that no other server of this run can take the port and register the app.
  const paths: (string | undefined)[] = []
  const wrong = createServer((request, response) => {
    paths.push(request.url)
    response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(wrong, 'listening')
  onTestFinished(() => void wrong.close())
  const { port } = wrong.address() as AddressInfo
  const { issuer } = await runCommand(command =>
    command.replace(/(CLIENT_REGISTRATION_URL=http:\/\/127\.0\.0\.1:)\d+/, `$1${port}`),
  )
  const misled = await start(issuer)
  const failure = { code: 'ERR_OIDC_REGISTRATION_REFUSED' }
  await expect(misled.rp.ready({ timeout: 20 })).rejects.toMatchObject(failure)
  expect(paths).toEqual(['/oauth2/register'])
  const endpoints = { registration_endpoint: `${issuer}/oauth2/register` }
  const app = await start(issuer, { endpoints })
  await app.rp.ready({ timeout: 20 })
  expect((await visit(new PersonalBrowser(), app)).url).toBe(`${app.url}/private`)
})

testPage('an administrator who replaces the client erases its registration access token', async () => {
  const { issuer, admin } = await runCommand()
  const api = new OidcApi({ issuer })
  const client = await api.createOidcDynamicClient({ redirect_uris: ['http://localhost:3000/callback'] })
  const url = `${admin}/admin/clients/${client.client_id}`
  await callJson(url, 'PATCH', { body: [{ op: 'replace', path: '/client_name', value: 'patched' }] })
  expect(await api.getOidcDynamicClient(client)).toMatchObject({ client_name: 'patched' })
  await callJson(url, 'PUT', { body: { ...((await callJson(url, 'GET')) as object), client_name: 'put' } })
  await expect(api.getOidcDynamicClient(client)).rejects.toMatchObject({ providerStatus: 401 })
})

testPage('a sign-out with an ID token from before a rotation of keys ends at Hydra', async () => {
  const { issuer, admin } = await runCommand()
  const app = await start(issuer)
  const browser = new PersonalBrowser()
  expect((await visit(browser, app)).url).toBe(`${app.url}/private`)
  await administrateHydra(admin).rotateKeys()
  const left = await goOn(browser, await browser.post(`${app.url}/logout`, { returnTo: '/?out' }))
  expect(new URL(left.url).origin).toBe(issuer)
  expect(await app.userOf(browser)).toBeNull()
})
