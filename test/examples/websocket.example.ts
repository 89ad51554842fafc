import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type LocalProvider, startProvider } from '../../examples/provider/provider.ts'
import { chromiumIsMissing, launchChromium, takeAllPictures, visitor } from '../support/browser/chromium.ts'
import { Browser, signIn } from '../support/browser.ts'
import { type Example, installExample, type RunningExample } from './example.ts'

/** With this code, the server says that the sign-in has ended. */
const LOGIN_ENDED = 4401
const users = {
  alice: { login: 'alice', password: 'wonderland' },
  bob: { login: 'bob', password: 'builder' },
} as const

let example: Example
let provider: LocalProvider
let app: RunningExample

beforeAll(async () => {
  example = await installExample('websocket')
  provider = await startProvider()
  app = await example.start('start', { ISSUER_BASE_URL: provider.issuer })
})

afterAll(async () => {
  await example.remove()
  await provider.close()
})

interface Connection {
  readonly socket: WebSocket
  /** What everyone has said, as this user hears it. */
  readonly heard: readonly unknown[]
  /** The code with which the connection was closed. */
  readonly closed: Promise<number>
}

interface Upgrade {
  readonly name: string
  readonly status: number
  readonly signedIn?: boolean
  readonly origin?: string
  readonly path?: string
}

async function browserOf(user: keyof typeof users, { url } = app): Promise<Browser> {
  const browser = new Browser()
  await signIn(browser, `${url}/login`, users[user])
  return browser
}

async function open(browser: Browser, path: string, url: string, origin: string): Promise<WebSocket> {
  const cookie = await browser.jar.getCookieString(url)
  return new WebSocket(url.replace('http', 'ws') + path, { origin, headers: { cookie } })
}

async function connect(browser: Browser, { url } = app): Promise<Connection> {
  const socket = await open(browser, '/chat', url, url)
  const heard: unknown[] = []
  socket.on('message', data => heard.push(JSON.parse((data as Buffer).toString())))
  const closed = once(socket, 'close').then(([code]) => code)
  await once(socket, 'open')
  return { socket, heard, closed }
}

test('has types', async () => {
  expect(await example.run('check')).toBe('') // tsc
})

test('lets users who are signed in chat', async () => {
  const [alice, bob] = [await connect(await browserOf('alice')), await connect(await browserOf('bob'))]
  alice.socket.send(' Hello ')
  for (const text of [' ', 'x'.repeat(501)]) alice.socket.send(text)
  await expect.poll(() => bob.heard).toHaveLength(1)
  bob.socket.send('Hello, Alice')
  const all = [
    { name: 'Alice Liddell', text: 'Hello' },
    { name: 'Bob Builder', text: 'Hello, Alice' },
  ]
  await expect.poll(() => alice.heard).toEqual(all)
  await expect.poll(() => bob.heard).toEqual(all)
  bob.socket.send('x'.repeat(3_000))
  expect(await bob.closed).toBe(1009) // too big
})

describe('an upgrade request', () => {
  test.each([
    { name: 'of a user, from a page of the app', status: 101 },
    { name: 'of a visitor', status: 401, signedIn: false },
    { name: 'from a page of another site', status: 403, origin: 'https://evil.example' },
    { name: 'to another path', status: 404, path: '/socket' },
  ] as readonly Upgrade[])('$name gets $status', async ({ status, signedIn = true, ...to }) => {
    const { origin = app.url, path = '/chat' } = to
    const browser = signedIn ? await browserOf('alice') : new Browser()
    const socket = await open(browser, path, app.url, origin)
    const answer = await Promise.race([
      once(socket, 'open').then(() => 101),
      once(socket, 'unexpected-response').then(([, response]) => response.statusCode),
    ])
    expect(answer).toBe(status)
    socket.on('error', () => undefined).terminate()
  })
})

test('a client that does not read is disconnected before much waits for it, and others go on', async () => {
  const [alice, bob] = [await connect(await browserOf('alice')), await connect(await browserOf('bob'))]
  const say = async (times: number): Promise<void> => {
    const before = alice.heard.length
    for (let said = 0; said < times; said += 1) alice.socket.send('€'.repeat(500))
    await expect.poll(() => alice.heard.length, { interval: 5 }).toBe(before + times)
  }
  bob.socket.pause()
  await say(100)
  bob.socket.resume()
  await expect.poll(() => bob.heard).toHaveLength(100) // a pause is no reason

  bob.socket.pause()
  for (let rounds = 0; rounds < 100; rounds += 1) await say(200) // 30 MB, more than the operating system keeps
  bob.socket.resume()
  await expect.poll(() => bob.socket.readyState).toBe(WebSocket.CLOSED)
  expect(await bob.closed).toBe(1006) // without a word
  expect(bob.heard.length).toBeLessThan(alice.heard.length)
  expect(alice.heard).toHaveLength(20_100)
  expect(alice.socket.readyState).toBe(WebSocket.OPEN)
})

describe('a connection ends with the login of its user, and those of others stay', () => {
  test('at a sign-out in another tab; what the client still sends is not passed on', async () => {
    const tab = await browserOf('alice')
    const [alice, second, bob] = [
      await connect(tab),
      await connect(tab),
      await connect(await browserOf('bob')),
    ]
    second.socket.pause() // it does not learn of the end, and goes on
    await tab.post(`${app.url}/logout`, {})
    expect(await alice.closed).toBe(LOGIN_ENDED)
    second.socket.send('Too late')
    bob.socket.send('Still here')
    await expect.poll(() => bob.heard).toEqual([{ name: 'Bob Builder', text: 'Still here' }])
    second.socket.resume()
    expect(await second.closed).toBe(LOGIN_ENDED)
    expect(bob.heard).toHaveLength(1)
    expect(bob.socket.readyState).toBe(WebSocket.OPEN)
  })

  test('when the provider ends its session, and says so with a logout token', async () => {
    const tab = await browserOf('alice')
    const [alice, bob] = [await connect(tab), await connect(await browserOf('bob'))]
    const page = await tab.open(`${provider.issuer}/session/end`)
    await tab.submit(page, { logout: 'yes' })
    expect(await alice.closed).toBe(LOGIN_ENDED)
    expect(bob.socket.readyState).toBe(WebSocket.OPEN)
    expect((await tab.open(`${app.url}/me`)).status).toBe(401)
  })

  test('when it expires', async () => {
    const short = await example.start('start', { ISSUER_BASE_URL: provider.issuer, LOGIN_LIFETIME: '5' })
    const alice = await connect(await browserOf('alice', short), short)
    expect(await alice.closed).toBe(LOGIN_ENDED)
  })
})

test.skipIf(chromiumIsMissing())('in Chromium, the page says when the sign-in ends', async () => {
  const chromium = await launchChromium()
  const { url } = await example.start('dev')
  const alice = await visitor(chromium)
  const tab = await alice.tab()
  await tab.goto(url)
  await tab.getByRole('link', { name: 'Sign in' }).click()
  await tab.getByText('Connected.').waitFor()
  await tab.getByLabel('Message').fill('<b>Tea?</b>')
  await tab.getByRole('button', { name: 'Send' }).click()
  await tab.getByText('Alice Liddell <b>Tea?</b>').waitFor()
  await takeAllPictures(tab, 'websocket-chat')
  const other = await alice.tab()
  await other.goto(url)
  await other.getByRole('button', { name: 'Sign out' }).click()
  await tab.getByText('Your sign-in has ended.').waitFor()
  expect(await tab.getByLabel('Message').isDisabled()).toBe(true)
  await tab.getByRole('link', { name: 'Sign in' }).click()
  await tab.getByText('Connected.').waitFor()
  expect(alice.troubles).toEqual([])
  await chromium.close()
})
