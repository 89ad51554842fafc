import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { endings } from '../../support/logout/endings.ts'
import { type Person, type Stage, startStage } from '../../support/logout/stage.ts'
import { describeAtEachPlace, type SessionPlace } from '../../support/processes/session-servers.ts'
import type { Answer } from '../../support/scripted-provider.ts'
import { type OpenMedium, openMedium } from '../../support/stores/media.ts'
import { gate, held } from '../../support/tokens/user-info.ts'

const NOBODY = [null, null]
const REFUSED = { status: 401, error: 'ERR_OIDC_UNAUTHENTICATED' }

const ask = async (url: string, cookie: string): Promise<unknown> =>
  (await fetch(url, { headers: { cookie } })).json()

describeAtEachPlace('two processes with sessions', start => {
  let place: SessionPlace
  let medium: OpenMedium
  let stage: Stage

  beforeAll(async () => {
    place = await start()
    ;[medium, stage] = await Promise.all([
      openMedium(place.medium),
      startStage(place.medium, { relyingParty: { scope: 'openid profile offline_access' } }),
    ])
  }, 60_000)
  afterAll(async () => {
    await Promise.all([stage?.close(), medium?.close()])
    await place?.remove()
  })
  beforeEach(() => {
    stage.provider.answer('token', undefined)
    stage.provider.tokenResponse = body => ({ ...body, expires_in: 0 })
  })

  interface Known {
    readonly person: Person
    readonly cookie: string
    /** The record of the tokens, or `undefined` if it is gone. */
    readonly tokens: () => Promise<unknown>
  }

  /** Somebody whose access token must be renewed before it can be used. */
  async function signIn(): Promise<Known> {
    const person = await stage.signIn(stage.person())
    const cookie = await stage.cookieOf(person)
    const { id } = (await ask(`${stage.one.url}/login-seen`, cookie)) as { readonly id: string }
    const tokens = (): Promise<unknown> => medium.store('app').get(`tokens:${id}`)
    expect(await tokens()).toBeDefined()
    return { person, cookie, tokens }
  }

  /** Lets the provider grant refreshes, whose answers wait. */
  function holdGranted(): {
    readonly granted: Promise<void>
    readonly release: () => void
    readonly brought: string[]
  } {
    const [granted, released] = [gate(), gate()]
    const brought: string[] = []
    stage.provider.tokenResponse = async body => {
      brought.push(String(body.refresh_token))
      granted.open()
      await released.opened
      return body
    }
    return { granted: granted.opened, release: released.open, brought }
  }

  /** Nobody is signed in, and nothing is left: neither here, nor at the provider of what the refresh brought. */
  async function expectOver({ cookie, tokens }: Known, brought: readonly string[] = []): Promise<void> {
    expect(await stage.usersOf(cookie)).toEqual(NOBODY)
    expect(await tokens()).toBeUndefined()
    for (const { url } of [stage.one, stage.two]) expect(await ask(`${url}/token`, cookie)).toEqual(REFUSED)
    const { refreshTokens } = stage.provider
    expect(brought.filter(token => refreshTokens.has(token))).toEqual([])
  }

  test.for(endings)(
    'a refresh in flight brings nothing back, and nobody its token, after %s',
    async ([, answer, end]) => {
      const known = await signIn()
      const { granted, release, brought } = holdGranted()
      const asked = [ask(`${stage.one.url}/buy`, known.cookie), ask(`${stage.one.url}/token`, known.cookie)]
      await granted
      asked.push(ask(`${stage.two.url}/token`, known.cookie))
      expect(await end(stage, known.person)).toBe(answer)
      release()
      expect(await Promise.all(asked)).toEqual([{ ...REFUSED, cart: 'tea' }, REFUSED, REFUSED])
      expect(brought.length).toBe(1)
      await expectOver(known, brought)
    },
  )

  test.for(endings)('a refresh that is being kept is not, after %s', async ([, answer, end]) => {
    const known = await signIn()
    const { granted, release, brought } = holdGranted()
    const asked = ask(`${stage.one.url}/buy`, known.cookie)
    await granted
    const keep = (): Promise<unknown> => {
      release()
      return asked
    }
    const meanwhile = async (): Promise<void> => expect(await end(stage, known.person)).toBe(answer)
    expect(await stage.one.during('set tokens', keep, meanwhile)).toEqual({ ...REFUSED, cart: 'tea' })
    await expectOver(known, brought)
  })

  test('a refresh in flight is kept when nobody ends the login', async () => {
    const known = await signIn()
    const { granted, release, brought } = holdGranted()
    const asked = [ask(`${stage.one.url}/buy`, known.cookie), ask(`${stage.two.url}/token`, known.cookie)]
    await granted
    release()
    const [bought, told] = await Promise.all(asked)
    expect(bought).toMatchObject({ status: 200, cart: 'tea' })
    expect(bought).toMatchObject(told as object)
    expect(await stage.usersOf(known.cookie)).toEqual([known.person.sub, known.person.sub])
    expect(stage.provider.refreshTokens.has(brought[0] ?? '')).toBe(true)
  })

  const refuse: Answer = (_request, response) =>
    void response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}')

  test.for(endings)(
    'a refresh that is refused for good after %s tells of no more than that',
    async ([, answer, end]) => {
      const known = await signIn()
      const refusal = held(refuse)
      stage.provider.answer('token', refusal.answer)
      const asked = ask(`${stage.one.url}/buy`, known.cookie)
      await refusal.asked
      expect(await end(stage, known.person)).toBe(answer)
      refusal.release()
      expect(await asked).toEqual({ ...REFUSED, cart: 'tea' })
      await expectOver(known)
    },
  )

  test.for(endings)('a refusal for good that is being noted is not, after %s', async ([, answer, end]) => {
    const known = await signIn()
    const refusal = held(refuse)
    stage.provider.answer('token', refusal.answer)
    const asked = ask(`${stage.one.url}/buy`, known.cookie)
    await refusal.asked
    const note = (): Promise<unknown> => {
      refusal.release()
      return asked
    }
    const meanwhile = async (): Promise<void> => expect(await end(stage, known.person)).toBe(answer)
    expect(await stage.one.during('set tokens', note, meanwhile)).toEqual({ ...REFUSED, cart: 'tea' })
    await expectOver(known)
  })

  test('a login whose refresh is refused for good is not brought back by a request that writes the session', async () => {
    const { cookie } = await signIn()
    const refusal = held(refuse)
    stage.provider.answer('token', refusal.answer)
    const asked = ask(`${stage.one.url}/buy`, cookie)
    await refusal.asked
    const notice = async (): Promise<void> => {
      refusal.release()
      expect(await asked).toEqual({ status: 401, error: 'ERR_OIDC_LOGIN_ENDED', cart: 'tea' })
      for (const { url } of [stage.one, stage.two]) expect(await ask(`${url}/cart`, cookie)).toBe('tea')
      expect(await stage.usersOf(cookie)).toEqual(NOBODY)
    }
    await stage.two.during('set', () => ask(`${stage.two.url}/write`, cookie), notice)
    expect(await stage.usersOf(cookie)).toEqual(NOBODY)
  })
})
