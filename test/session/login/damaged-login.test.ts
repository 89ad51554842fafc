import { MemoryStore, type SessionData } from 'express-session'
import { describe, expect } from 'vitest'
import type { TestAppOptions } from '../../support/app.ts'
import { PIECE } from '../../support/damaged-store.ts'
import { expectSignIn, test } from '../../support/flow.ts'

/** Ways in which our part of a session may be damaged. */
const damages: readonly (readonly [damage: string, change: (login: Record<string, unknown>) => unknown])[] = [
  ['is a text', () => PIECE],
  ['is null', () => null],
  ['is a number', () => 42],
  ['is a list', () => [PIECE]],
  ['is empty', () => ({})],
  ['belongs to another program', () => ({ [PIECE]: PIECE })],
  ['has no claims', ({ claims: _, ...login }) => login],
  ['has claims that are a text', login => ({ ...login, claims: PIECE })],
  ['has claims of another type', login => ({ ...login, claims: { ...Object(login['claims']), iat: PIECE } })],
  ['has no user', ({ user: _, ...login }) => login],
  ['has a user without sub', login => ({ ...login, user: { name: PIECE } })],
  ['has no time', ({ startedAt: _, ...login }) => login],
  ['has steps of another type', login => ({ ...login, stepUps: PIECE })],
  ['has no id', ({ id: _, ...login }) => login],
]

/** An app whose sessions a test can change, and where a page keeps something for the user. */
function changeable(): {
  readonly options: TestAppOptions
  readonly change: (to: (login: Record<string, unknown>) => unknown) => void
} {
  const sessions = new MemoryStore()
  let damage = (login: Record<string, unknown>): unknown => login
  const read = sessions.get.bind(sessions)
  sessions.get = (id, done) =>
    read(id, (error, found) => {
      const login = found?.oidc
      done(error, found && login ? ({ ...found, oidc: damage({ ...login }) } as SessionData) : found)
    })
  return {
    options: {
      session: { store: sessions },
      after(app) {
        app.get('/keep', (req, res) => void res.send(Object.assign(req.session, { basket: 'full' }).basket))
        app.get('/basket', (req, res) => void res.json(Object.entries(req.session)))
      },
    },
    change(to) {
      damage = to
    },
  }
}

describe.each(damages)('a login in a session that %s', (_, damage) => {
  test('signs nobody in, is reported, and makes room for a new one', async ({ start, browser }) => {
    const { options, change } = changeable()
    const app = await start(options)
    await expectSignIn({ app, browser })
    await browser.open(`${app.url}/keep`)
    expect((await browser.open(`${app.url}/basket`)).text).toContain('full')
    change(damage)
    expect(await app.userOf(browser)).toBeNull()
    expect((await browser.open(`${app.url}/`)).text).toBe('public')
    const private_ = await browser.open(`${app.url}/private`, { follow: false })
    expect([private_.status, app.shown()]).toEqual([303, 1])
    const told = app.log.join('\n')
    expect(told).toContain('The login in a session cannot be read')
    expect(told).toContain('ERR_OIDC_STORE_CORRUPT')
    expect(told).not.toContain(PIECE.slice(0, 8))
    let isCallback = true
    change(login => (isCallback ? damage(login) : login))
    const callback = new URL(private_.headers.get('location') ?? '')
    const back = await browser.open(callback.href, { follow: false })
    const page = await browser.open(back.headers.get('location') ?? '', { follow: false })
    expect(page.status).toBe(303)
    isCallback = false
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect((await browser.open(`${app.url}/basket`)).text).not.toContain('full')
  })
})
