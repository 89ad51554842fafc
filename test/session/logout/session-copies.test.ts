import type { Express } from 'express'
import { describe, expect } from 'vitest'
import { memoryStore, type Store } from '../../../src/index.ts'
import { isSignedIn, logOut, showLogin, test, visit } from '../../support/logout.ts'

/** Mounts a page that copies the login into another session. */
function showCopy(app: Express): void {
  showLogin(app)
  app.get('/copy', (req, res, next) => {
    const { oidc } = req.session
    req.session.regenerate(error => {
      if (error) return next(error)
      Object.assign(req.session, { oidc })
      res.send('copied')
    })
  })
}

describe('a login that is copied while it is ended', () => {
  test('is over in the new session, though the logout has looked into the index before', async ({
    start,
    provider,
  }) => {
    const inner = memoryStore()
    let meanwhile: (() => Promise<unknown>) | undefined
    const store: Store = {
      ...inner,
      async get(key) {
        const value = await inner.get(key)
        const copy = key.startsWith('index:') ? meanwhile : undefined
        if (copy) meanwhile = undefined
        await copy?.()
        return value
      },
    }
    const app = await start({ relyingParty: { store }, after: showCopy })
    const visitor = await visit(app)
    meanwhile = () => visitor.browser.open(`${app.url}/copy`)
    expect(await logOut(provider, app, { sid: visitor.sid })).toBe(200)
    expect(meanwhile).toBeUndefined()
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test('is over in the new session, though a sign-out comes with the old one', async ({ start }) => {
    let meanwhile = async (): Promise<unknown> => undefined
    const app = await start({
      after: showCopy,
      before: router => router.post('/logout', (_req, _res, next) => void meanwhile().then(() => next())),
    })
    const visitor = await visit(app)
    let copied = ''
    meanwhile = async () => {
      await visitor.browser.open(`${app.url}/copy`)
      copied = await visitor.browser.jar.getCookieString(app.url)
      expect(await isSignedIn(visitor, app)).toEqual([true])
    }
    await visitor.browser.post(`${app.url}/logout`, {}, { follow: false })
    const answer = await fetch(`${app.url}/me`, { headers: { cookie: copied } })
    expect([copied === '', await answer.json()]).toEqual([false, null])
  })
})
