import { MemoryStore, type SessionData } from 'express-session'
import { describe, expect } from 'vitest'
import type { TestAppOptions } from '../../support/app.ts'
import { PIECE } from '../../support/damaged-store.ts'
import { expectSignIn, test } from '../../support/flow.ts'
import { changeRow, changeValue, LETTERS } from '../../support/login-text.ts'

/** Ways in which our part of a session may be damaged. */
const damages: readonly (readonly [damage: string, change: (login: string) => unknown])[] = [
  ['is any text', () => PIECE],
  ['is an empty text', () => ''],
  ['is null', () => null],
  ['is a number', () => 42],
  ['is a list', () => [PIECE]],
  ['belongs to another program', () => ({ [PIECE]: PIECE })],
  ['is cut', login => login.slice(0, login.length / 2)],
  ['has another layout', login => `2${login.slice(1)}`],
  ['has a value less', login => changeRow(login, row => row.slice(0, -1))],
  ['is not a list', login => changeRow(login, () => ({ [PIECE]: PIECE }))],
  ['has no claims', login => changeValue(login, 'claims', () => null)],
  ['has claims that are a text', login => changeValue(login, 'claims', () => PIECE)],
  [
    'has claims of another type',
    login => changeValue(login, 'claims', claims => ({ ...Object(claims), [LETTERS.iat]: PIECE })),
  ],
  [
    'has claims without sub',
    login => changeValue(login, 'claims', claims => ({ ...Object(claims), [LETTERS.sub]: undefined })),
  ],
  ['has a UserInfo that is a text', login => changeValue(login, 'userInfo', () => PIECE)],
  ['has no time', login => changeValue(login, 'startedAt', () => null)],
  ['has a time that no clock can show', login => changeValue(login, 'startedAt', () => -1e300)],
  ['has steps of another type', login => changeValue(login, 'stepUps', () => PIECE)],
  ['has a text for whether it is over', login => changeValue(login, 'isOver', () => PIECE)],
  ['has no id', login => changeValue(login, 'id', () => null)],
]

/** An app whose sessions a test can change, and where a page keeps something for the user. */
function changeable(): {
  readonly options: TestAppOptions
  readonly change: (to: (login: string) => unknown) => void
} {
  const sessions = new MemoryStore()
  let damage = (login: string): unknown => login
  const read = sessions.get.bind(sessions)
  sessions.get = (id, done) =>
    read(id, (error, found) => {
      const login = found?.oidc
      done(error, found && login ? ({ ...found, oidc: damage(login) } as SessionData) : found)
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
