import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AttackedApp,
  asBrowser,
  attackedApp,
  finishSignIn,
  places,
  type Received,
} from '../support/attacks/attacked-app.ts'
import { returnPaths, someOf } from '../support/attacks/return-paths.ts'
import { type ScriptedProvider, scriptedProvider } from '../support/scripted-provider.ts'

/** All of them everywhere: RETURN_PATHS=full. That takes a quarter of an hour. */
const isFull = process.env['RETURN_PATHS'] === 'full'
const most = (count: number): number => (isFull ? Number.POSITIVE_INFINITY : count)
const timeout = isFull ? 600_000 : 60_000

let provider: ScriptedProvider

beforeAll(async () => {
  provider = await scriptedProvider()
})

afterAll(() => provider.close())

/** Does something for many, twenty at a time, and says how many there were. */
async function forEach<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<number> {
  const waiting = [...items]
  const lanes = Array.from({ length: 20 }, async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await act(next)
  })
  await Promise.all(lanes)
  return items.length
}

/** As it is sent, and as a browser reads it again. */
function expectOwn({ status, location }: Received, { origin, base }: AttackedApp, path: string): void {
  const where = `${path.slice(0, 80)} led to ${location}`
  expect(status, where).toBe(303)
  expect(location, where).toMatch(/^[!-~]+$/)
  expect(location.startsWith(`${origin}/`) && !location.startsWith(`${origin}//`), where).toBe(true)
  const read = new URL(location, `${base}/callback`)
  expect([read.href, read.origin, read.username], where).toEqual([location, origin, ''])
}

function expectProvider({ status, location }: Received, path: string): void {
  expect(
    [status, location.startsWith(`${provider.issuer}/authorize?`)],
    `${path} led to ${location}`,
  ).toEqual([303, true])
}

/** What can be in the first line of a request, and is no route of the library. */
const isTarget = (path: string): boolean =>
  /^\/(?!(login|logout|callback)\b)[!-"$-~]*$/i.test(path) && path.length < 8_000
const query = (values: Readonly<Record<string, string>>): string => new URLSearchParams(values).toString()
const form = { ...asBrowser, 'content-type': 'application/x-www-form-urlencoded' }

test('there are thousands of paths, and hundreds lead elsewhere if they are taken as they are', () => {
  const base = 'http://localhost:3000/shop'
  const away = returnPaths.filter(
    path => URL.canParse(path, base) && new URL(path, base).origin !== new URL(base).origin,
  )
  expect(returnPaths.length).toBeGreaterThan(6_000)
  expect(away.length).toBeGreaterThan(400)
})

describe.each(places)('on %s', { timeout }, (...place) => {
  let app: AttackedApp

  beforeAll(async () => {
    app = await attackedApp(provider.issuer, place)
  })

  afterAll(() => app.close())

  test('a sign-out ends in this app, whatever its return path', async () => {
    const count = await forEach(someOf(returnPaths, most(1_200)), async path => {
      const url = `${place[2]}/logout?${query({ returnTo: path })}`
      const isShort = url.length < 8_000
      const headers = { ...form, origin: app.origin }
      const body = isShort ? '' : query({ returnTo: path.slice(0, 5_000) })
      expectOwn(
        await app.send(isShort ? url : `${place[2]}/logout`, { method: 'POST', headers, body }),
        app,
        path,
      )
    })
    expect(count).toBeGreaterThan(1_000)
  })

  test('a sign-in ends in this app, whatever the return path of its link', async () => {
    const paths = someOf(returnPaths, most(150)).filter(path => query({ returnTo: path }).length < 8_000)
    const count = await forEach(paths, async path => {
      const start = await app.send(`${place[2]}/login?${query({ returnTo: path })}`, { headers: asBrowser })
      expectProvider(start, path)
      expectOwn(await finishSignIn(app, start), app, path)
    })
    expect(count).toBeGreaterThan(100)
  })

  test('a sign-in ends in this app, whatever guarded page was asked for', async () => {
    const targets = returnPaths.map(path => `${place[2]}/page${path}`).filter(isTarget)
    const roots = place[2] === '' ? returnPaths.filter(isTarget) : []
    let guarded = 0
    const count = await forEach([...someOf(targets, most(150)), ...someOf(roots, most(150))], async path => {
      const start = await app.send(path, { headers: asBrowser })
      // Express takes no path that it cannot decode.
      const isShown = start.text !== 'public' && start.status !== 400
      if (isShown) {
        guarded += 1
        expectProvider(start, path)
        expectOwn(await finishSignIn(app, start), app, path)
      }
    })
    expect(count).toBeGreaterThan(100)
    expect(guarded).toBeGreaterThan(100)
  })

  test('a sign-in that a third party starts ends in this app, whatever its target', async () => {
    const signedIn = await finishSignIn(app, await app.send(`${place[2]}/login`, { headers: asBrowser }))
    const headers = { ...asBrowser, cookie: signedIn.cookie }
    const paths = someOf(returnPaths, most(600)).filter(path => query({ a: path }).length < 1_900)
    const count = await forEach(paths, async path => {
      for (const target of [path, app.origin + path, app.base + path]) {
        if (/\p{Cc}/u.test(target)) continue
        const url = `${place[2]}/initiate-login?${query({ iss: provider.issuer, target_link_uri: target })}`
        expectOwn(await app.send(url, { headers }), app, target)
      }
    })
    expect(count).toBeGreaterThan(500)
  })

  test('a good path is where each of them ends', async () => {
    const good = `${place[2]}/private?a=b%2Fc#d`
    const start = await app.send(`${place[2]}/login?${query({ returnTo: good })}`, { headers: asBrowser })
    const end = await finishSignIn(app, start)
    expect(end.location).toBe(app.origin + good)
    const headers = { ...asBrowser, cookie: end.cookie }
    const target = query({ iss: provider.issuer, target_link_uri: app.origin + good })
    expect((await app.send(`${place[2]}/initiate-login?${target}`, { headers })).location).toBe(
      app.origin + good,
    )
    const out = await app.send(`${place[2]}/logout`, {
      method: 'POST',
      headers: { ...form, origin: app.origin },
      body: query({ returnTo: good }),
    })
    expect(out.location).toBe(app.origin + good)
  })
})
