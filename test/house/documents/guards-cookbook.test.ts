import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import express, { type Express, type RequestHandler, type Router } from 'express'
import { signedIn, signedOut, type TestClaims } from 'express-oidc-rp/testing'
import request, { type Response } from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDocument, snippetsOf } from '../../support/house/documents.ts'

const page = 'docs/guards.md'
const root = join(import.meta.dirname, '../../..')
const routers = new Map<string, Router>()
let folder: string

beforeAll(async () => {
  await mkdir(join(root, 'node_modules/.cache'), { recursive: true })
  folder = await mkdtemp(join(root, 'node_modules/.cache/guards-'))
  await mkdir(join(folder, 'node_modules'))
  await symlink(root, join(folder, 'node_modules/express-oidc-rp'), 'junction')
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  for (const { name, code } of snippetsOf(page, readDocument(page))) {
    const file = join(folder, `${name}.ts`)
    await writeFile(file, code)
    const recipe = (await import(pathToFileURL(file).href)) as Readonly<Record<string, Router>>
    for (const [path, router] of Object.entries(recipe)) routers.set(path, router)
  }
})

afterAll(() => rm(folder, { recursive: true }))

/** An app with every recipe of the page mounted by the name that it exports. */
function createApp(signIn: RequestHandler): Express {
  const app = express().use(signIn)
  for (const [path, router] of routers) app.use(`/${path}`, router)
  return app
}

async function load(signIn: RequestHandler, path: string): Promise<Response> {
  return await request(createApp(signIn)).get(path).set('Accept', 'text/html')
}

const longAgo = Math.floor(Date.now() / 1_000) - 3_600
const home = { address: { country: 'NO' } }
const realm = { realm_access: { roles: ['admin'] } }

describe('the recipes let pass', () => {
  test.each([
    ['/members', {}],
    ['/greetings/hello', {}],
    ['/greetings/goodbye', {}],
    ['/claims/verified', { email_verified: true }],
    ['/claims/night', { groups: ['night shift', 'staff'] }],
    ['/claims/norway', home],
    ['/claims/intern', { email: 'bob@app.example', email_verified: true }],
    ['/roles/one', { roles: ['admin'] }],
    ['/roles/all', { roles: ['clerk', 'buyer'] }],
    ['/roles/any', { roles: ['buyer'] }],
    ['/roles/keycloak', realm],
    ['/mail', {}],
    ['/orders/42', { sub: 'alice' }],
    ['/orders/42', { sub: 'bob', roles: ['clerk'] }],
    ['/payments', { roles: ['buyer'] }],
    ['/payments/new', { roles: ['boss'] }],
    ['/account/delete', {}],
    ['/account/transfer', { acr: 'urn:example:gold' }],
    ['/account/keys', { amr: ['pwd', 'mfa'] }],
    ['/account/tax', { vot: 'Cl.Cm' }],
    ['/api/stock', { roles: ['clerk'] }],
    ['/planning', { roles: ['planner'] }],
  ])('to %s a user with %o', async (path, claims) => {
    expect((await load(signedIn(claims), path)).status).toBe(200)
  })
})

describe('the recipes forbid', () => {
  test.each([
    ['/claims/verified', { email_verified: 'true' }],
    ['/claims/night', { groups: ['staff'] }],
    ['/claims/norway', {}],
    ['/claims/intern', { email: 'bob@app.example' }],
    ['/roles/one', { roles: ['administrator'] }],
    ['/roles/all', { roles: ['clerk'] }],
    ['/roles/any', { roles: ['admin'] }],
    ['/roles/keycloak', { roles: ['admin'] }],
    ['/orders/42', { sub: 'bob' }],
    ['/payments', { roles: ['buyer'], suspended: true }],
    ['/payments/new', { auth_time: longAgo }],
    ['/api/stock', {}],
    ['/planning', {}],
  ])('%s to a user with %o', async (path, claims) => {
    expect((await load(signedIn(claims), path)).status).toBe(403)
  })

  test('/mail to a user who did not grant the scope', async () => {
    expect((await load(signedIn({}, { scope: 'openid' }), '/mail')).status).toBe(403)
  })
})

test('the API for programs asks what the calling app and the user may do', async () => {
  const clerk = { roles: ['clerk'] }
  const statusOf = async (claims: TestClaims, scope: string): Promise<number> =>
    (await request(createApp(signedIn(claims, { scope }))).delete('/stockApi/1')).status
  expect(await statusOf(clerk, 'openid stock:write')).toBe(204)
  expect(await statusOf({}, 'openid stock:write')).toBe(403)
  expect(await statusOf(clerk, 'openid stock:read')).toBe(403)
  expect((await load(signedIn({}, { scope: 'stock:read' }), '/stockApi')).status).toBe(200)
  expect((await load(signedIn({}, { scope: 'openid' }), '/stockApi')).status).toBe(403)
})

test.each([
  ['/payments/new', 'max_age=600', { roles: ['buyer'], auth_time: longAgo }],
  ['/account/delete', 'max_age=300', { auth_time: longAgo }],
  ['/account/transfer', 'acr_values=urn%3Aexample%3Agold', {}],
  ['/account/keys', 'acr_values=urn%3Aexample%3Agold', { amr: ['pwd'] }],
  ['/account/tax', 'vtr=%5B%22Cl.Cm.P2%22%5D', { vot: 'Cl' }],
])('the recipe of %s asks for a sign-in with %s', async (path, parameter, claims) => {
  const response = await load(signedIn(claims), path)
  expect(response.status).toBe(303)
  expect(response.headers['location']).toContain(parameter)
  const program = await request(createApp(signedIn(claims))).get(path)
  expect(program.status).toBe(401)
  expect(program.headers['www-authenticate']).toMatch(/^Session .*error="insufficient_user_authentication"/)
})

test('nobody is let pass who is not signed in', async () => {
  expect((await load(signedOut(), '/members')).status).toBe(303)
  expect((await load(signedOut(), '/api/stock')).status).toBe(401)
  const planning = await load(signedOut(), '/planning')
  expect(planning).toMatchObject({ status: 401, text: 'Please sign in.' })
})

test('own answers and links follow what a guard decides', async () => {
  const planning = await load(signedIn(), '/planning')
  expect(planning).toMatchObject({ status: 403, text: 'Ask the head of your department.' })
  expect((await load(signedIn({ roles: ['admin'] }), '/start')).text).toContain('Administration')
  expect((await load(signedIn(), '/start')).text).toBe('Welcome')
  expect((await load(signedOut(), '/start')).text).toBe('Welcome')
})
