import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf } from '../../support/flow.ts'
import { endings } from '../../support/logout/endings.ts'
import { type Stage, startStage } from '../../support/logout/stage.ts'
import { logoutToken, postLogout } from '../../support/logout.ts'
import { describeAtEachPlace, type SessionPlace } from '../../support/processes/session-servers.ts'

const NOBODY = [null, null]

/** Opens a page of the first replica; it is complete when the session has been written. */
const open = async (path: string, cookie: string, { one }: Stage): Promise<string> =>
  (await fetch(one.url + path, { headers: { cookie } })).text()

describeAtEachPlace('two processes with sessions', start => {
  let place: SessionPlace
  let stage: Stage

  beforeAll(async () => {
    place = await start()
    stage = await startStage(place.medium)
  }, 60_000)
  afterAll(async () => {
    await stage?.close()
    await place?.remove()
  })

  test.for(endings)('a slow request does not bring back what was ended by %s', async ([, answer, end]) => {
    const person = await stage.signIn(stage.person())
    const cookie = await stage.cookieOf(person)
    let ended: unknown
    const work = stage.one.during(
      'set',
      () => open('/write', cookie, stage),
      async () => {
        ended = await end(stage, person)
      },
    )
    expect(await work).toContain(person.sub)
    expect(ended).toBe(answer)
    expect(await stage.usersOf(cookie)).toEqual(NOBODY)
  })

  test('another sign-in in the same browser is not undone by a request before it', async () => {
    const person = await stage.signIn(stage.person())
    const cookie = await stage.cookieOf(person)
    await stage.one.during(
      'set',
      () => open('/write', cookie, stage),
      async () => void (await person.browser.open(`${stage.two.url}/login?returnTo=/private`)),
    )
    expect(await stage.usersOf(await stage.cookieOf(person))).toEqual([person.sub, person.sub])
    expect(await stage.usersOf(cookie)).toEqual(NOBODY)
  })

  test.for(endings.slice(0, 2))(
    'a sign-in whose session is ended before it is saved, by %s, is refused',
    async ([, answer, end]) => {
      const person = stage.person()
      const callback = await stage.reachCallback(person)
      let ended: unknown
      const page = await stage.one.during(
        'set',
        () => person.browser.open(callback),
        async () => {
          ended = await end(stage, person)
        },
      )
      expect(ended).toBe(answer)
      expect([page.status, codeOf(page)]).toEqual([400, 'ERR_OIDC_LOGIN_CUT_SHORT'])
      expect(await stage.usersOf(await stage.cookieOf(person))).toEqual(NOBODY)
    },
  )

  test('the same token twice at once ends the session once, and both are content', async () => {
    const person = await stage.signIn(stage.person())
    const token = await logoutToken(stage.provider, { sid: person.sid() })
    const first = await stage.one.during(
      'destroy',
      () => postLogout(stage.one, token),
      async () => expect((await postLogout(stage.two, token)).status).toBe(200),
    )
    expect(first.status).toBe(200)
    expect(await stage.usersOf(await stage.cookieOf(person))).toEqual(NOBODY)
  })

  test('of two devices, the one that is not meant goes on, while both are writing', async () => {
    const phone = await stage.signIn(stage.person())
    const desk = await stage.signIn(stage.person(phone.sub))
    const [first, second] = [await stage.cookieOf(phone), await stage.cookieOf(desk)]
    await stage.one.during(
      'set',
      () => open('/write', first, stage),
      async () => {
        expect(await stage.logOut({ sid: phone.sid() })).toBe(200)
        await open('/write', second, stage)
      },
    )
    expect(await stage.usersOf(first)).toEqual(NOBODY)
    expect(await stage.usersOf(second)).toEqual([desk.sub, desk.sub])
  })

  test.for([
    ['resave', { resave: true }, 'set', '/me'],
    ['rolling', { rolling: true }, 'set', '/write'],
    ['rolling', { rolling: true }, 'touch', '/me'],
  ] as const)('with %s: %o, a %s at the end of %s brings nothing back', async ([, options, call, path]) => {
    const other = await startStage(place.medium, { session: options })
    const person = await other.signIn(other.person())
    const cookie = await other.cookieOf(person)
    await other.one.during(
      call,
      () => open(path, cookie, other),
      async () => expect(await other.logOut({ sid: person.sid() })).toBe(200),
    )
    expect(await other.usersOf(cookie)).toEqual(NOBODY)
    await other.close()
  })
})
