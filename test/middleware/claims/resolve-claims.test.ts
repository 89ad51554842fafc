import { describe, expect } from 'vitest'
import type { ClaimsElsewhere, RelyingPartyOptions } from '../../../src/index.ts'
import { expectRefusal, expectSignIn, test } from '../../support/flow.ts'
import {
  CANARY,
  distributed,
  guards,
  inIdToken,
  inUserInfo,
  overage,
  places,
  statusOf,
  withGuards,
} from '../../support/guards/claims-elsewhere.ts'

const faults: [wrong: string, hook: unknown][] = [
  ['fails', () => Promise.reject(new Error('Graph is away'))],
  ['returns nothing', () => undefined],
  ['returns a list', () => ['staff']],
]

test('references in the ID token and in UserInfo count together', async ({ provider, start, browser }) => {
  inIdToken(provider, overage)
  inUserInfo(provider, { _claim_names: { address: 'src1' }, _claim_sources: { src1: { JWT: 'a.b.c' } } })
  const asked: ClaimsElsewhere[] = []
  const resolveClaims = (elsewhere: ClaimsElsewhere) => {
    asked.push(elsewhere)
    return { groups: ['staff'], address: { country: 'FR' }, sub: 'user-2', admin: true }
  }
  const app = await start({ ...withGuards, relyingParty: { resolveClaims } })
  await expectSignIn({ app, browser })
  expect(asked).toEqual([
    {
      names: ['groups', 'address'],
      sources: [
        { names: ['groups'], endpoint: overage._claim_sources.src1.endpoint },
        { names: ['address'], jwt: 'a.b.c' },
      ],
      accessToken: expect.any(String),
      user: expect.objectContaining({ sub: 'user-1' }),
    },
  ])
  const { user } = JSON.parse((await browser.open(`${app.url}/said`)).text)
  expect(user).toMatchObject({ sub: 'user-1', groups: ['staff'], address: { country: 'FR' } })
  expect(user).not.toHaveProperty('admin')
})

describe('resolveClaims', () => {
  test.for(places)(
    'fetches what %s refers to, for as long as the login lasts',
    async ([, put], { provider, start, browser }) => {
      put(provider, distributed)
      const app = await start({
        ...withGuards,
        relyingParty: {
          resolveClaims: async ({ sources }) => ({
            groups: sources[0]?.accessToken === CANARY ? ['staff'] : [],
          }),
        },
      })
      await expectSignIn({ app, browser })
      for (const path of Object.keys(guards))
        expect([path, await statusOf(browser, app, path)]).toEqual([path, 200])
      await browser.open(`${app.url}/info`)
      for (const path of Object.keys(guards))
        expect([path, await statusOf(browser, app, path)]).toEqual([path, 200])
    },
  )

  test('is told of groups without an address', async ({ provider, start, browser }) => {
    inIdToken(provider, { hasgroups: true })
    const app = await start({
      ...withGuards,
      relyingParty: { resolveClaims: ({ names, sources }) => ({ groups: [names, sources] }) },
    })
    await expectSignIn({ app, browser })
    expect(await app.userOf(browser)).toMatchObject({ groups: [['groups'], [{ names: ['groups'] }]] })
  })

  test('is not called for a user whose groups were sent', async ({ provider, start, browser }) => {
    inUserInfo(provider, { groups: ['staff'] })
    const resolveClaims = () => expect.unreachable()
    const app = await start({ ...withGuards, relyingParty: { resolveClaims } })
    await expectSignIn({ app, browser })
    expect(await statusOf(browser, app, 'roles')).toBe(200)
  })

  test.for(faults)('signs nobody in if it %s', async ([, hook], { provider, start, browser }) => {
    inIdToken(provider, overage)
    const resolveClaims = hook as NonNullable<RelyingPartyOptions['resolveClaims']>
    const app = await start({
      ...withGuards,
      relyingParty: { resolveClaims },
    })
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, [500, 'ERR_OIDC_LOGIN_UNDECIDED'], { app, browser })
    expect(app.log.at(-1)).toContain('options.resolveClaims failed')
    provider.behave()
    await expectSignIn({ app, browser })
  })
})
