import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { endings } from '../../support/logout/endings.ts'
import { type Stage, startStage } from '../../support/logout/stage.ts'
import { describeAtEachPlace, type SessionPlace } from '../../support/processes/session-servers.ts'
import { held } from '../../support/tokens/user-info.ts'

const NOBODY = [null, null]

describeAtEachPlace('two processes that get the UserInfo again, with sessions', start => {
  let place: SessionPlace
  let stage: Stage

  beforeAll(async () => {
    place = await start()
    const always = { userInfo: { when: { every: 0.001 } } }
    stage = await startStage(place.medium, { relyingParty: always })
  }, 60_000)
  afterAll(async () => {
    await stage?.close()
    await place?.remove()
  })
  afterEach(() => stage?.provider.answer('userinfo', undefined))

  test.for(
    endings.flatMap(ending => [
      [...ending, 'while the provider answers'] as const,
      [...ending, 'while the session is saved'] as const,
    ]),
  )('%s ends a login, %4$s', async ([, answer, end, moment]) => {
    const person = await stage.signIn(stage.person())
    const cookie = await stage.cookieOf(person)
    const { provider, one } = stage
    provider.user = { ...provider.user, name: 'Una Married' }
    const asked = held(provider.usualAnswer('userinfo'))
    provider.answer('userinfo', asked.answer)
    const seen = fetch(`${one.url}/me`, { headers: { cookie } }).then(page => page.json())
    await asked.asked
    const meanwhile = async (): Promise<void> => expect(await end(stage, person)).toBe(answer)
    const goOn = (): Promise<unknown> => {
      asked.release()
      return seen
    }
    if (moment === 'while the provider answers') await meanwhile().then(goOn)
    else await one.during('set', goOn, meanwhile)
    expect(await seen).toBeNull()
    expect(await stage.usersOf(cookie)).toEqual(NOBODY)
  })
})
