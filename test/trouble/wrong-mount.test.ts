import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import session from 'express-session'
import { test as base, describe, expect } from 'vitest'
import { memoryStore, relyingParty, requireUser } from '../../src/index.ts'
import { Browser } from '../support/browser.ts'
import { scriptedProvider } from '../support/scripted-provider.ts'
import { travel } from '../support/trouble/journey.ts'
import { addRow, pageRow } from '../support/trouble/row.ts'

interface Mounted {
  readonly url: string
  readonly log: readonly string[]
}

type Mount = (path: string, basePath: string) => Promise<Mounted>

/** A test with a way to mount the middleware at a path, with a `baseUrl` that has another one. */
const test = base.extend('mount', async ({ onTestFinished }): Promise<Mount> => {
  const provider = await scriptedProvider()
  onTestFinished(() => provider.close())
  return async (path, basePath) => {
    const app = express()
    const server = createServer(app).listen(0, 'localhost')
    await new Promise(resolve => server.once('listening', resolve))
    const url = `http://localhost:${(server.address() as AddressInfo).port}`
    const log: string[] = []
    const rp = relyingParty({
      issuer: provider.issuer,
      baseUrl: url + basePath,
      store: memoryStore(),
      log: sentence => log.push(sentence),
    })
    app.use(session({ secret: 'a secret for tests', resave: false, saveUninitialized: false }))
    app.use(path, rp)
    app.get('/private', requireUser(), (req, res) => void res.send(`Hello ${req.user?.name}`))
    app.get(`${path}/private`, requireUser(), (req, res) => void res.send(`Hello ${req.user?.name}`))
    onTestFinished(async () => {
      await rp.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    })
    await rp.ready()
    return { url, log }
  }
})

describe('a mount path that does not fit baseUrl is named once', () => {
  test.for([
    ['/auth', '', 'is mounted at /auth and answers at /auth/callback, but the redirect URI is'],
    ['/auth', '/shop', 'is mounted at /auth and answers at /auth/callback'],
    [
      '/',
      '/shop',
      "relyingParty() is mounted at / and answers at /callback. Mount it with app.use('/shop', relyingParty())",
    ],
  ] as const)(
    'mounted at %s, with a baseUrl that ends in "%s"',
    async ([path, basePath, sentence], { task, mount }) => {
      const { url, log } = await mount(path, basePath)
      const { length } = log
      const start = `${url}${path === '/' ? '' : path}/login`
      const { page } = await travel(new Browser(), start)
      await travel(new Browser(), start)
      const logged = log.slice(length)
      const wrong = `relyingParty() is mounted at ${path}, and baseUrl ${basePath ? `ends in ${basePath}` : 'has no path'}`
      addRow(task, { wrong, ...pageRow(page), logged })
      expect([page.status, logged]).toEqual([404, [expect.stringContaining(sentence)]])
    },
  )

  test.for([
    ['/', ''],
    ['/shop', '/shop'],
    ['/Shop', '/shop'],
    ['/auth', '/shop/auth'],
  ] as const)(
    'nothing is said if it is mounted at %s, with a baseUrl that ends in "%s"',
    async ([path, basePath], { mount }) => {
      const { url, log } = await mount(path, basePath)
      const { length } = log
      const { page } = await travel(new Browser(), `${url}${path === '/' ? '' : path}/login`)
      expect(page.headers.get('location')).toBeNull()
      expect(log.slice(length)).toEqual([])
    },
  )

  test('where they fit, users are signed in', async ({ mount }) => {
    const { url } = await mount('/shop', '/shop')
    const { page } = await travel(new Browser(), `${url}/shop/private`)
    expect(page.text).toMatch(/^Hello /)
  })
})
