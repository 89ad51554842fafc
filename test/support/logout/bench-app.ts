// A process of its own that runs an app with many sessions in the index, and tells what its work costs.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import express, { type Express } from 'express'
import session, { type SessionData, type Store as SessionStore } from 'express-session'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { memoryStore, type Store } from '../../../src/index.ts'
import { buildRelyingParty } from '../../../src/relying-party/relying-party.ts'
import type { Login } from '../../../src/session/login/login.ts'
import { formatLogin } from '../../../src/session/login/login-text.ts'
import { addToIndex } from '../../../src/session/logout/login-index.ts'
import { startApp } from '../app.ts'
import { settingsOf } from '../settings.ts'
import { openMedium } from '../stores/media.ts'
import { showLogin } from './logout-pages.ts'
import { openSessions } from './sessions.ts'

/** What the app is told when it is made. */
export interface BenchTask {
  readonly issuer: string
  readonly jwksUri: string
  /** The port of a Redis; without it, everything is in memory. */
  readonly redis?: number
}

/** What it is asked for. */
export type BenchOrder =
  | { readonly kind: 'seed'; readonly from: number; readonly to: number }
  | { readonly kind: 'cpu' }
  | { readonly kind: 'rss' }
  | { readonly kind: 'present'; readonly from: number; readonly to: number }

/** What it answers: its address; milliseconds of CPU; megabytes; how many of the sessions there are. */
export type BenchAnswer = string | number

const { issuer, jwksUri, redis } = JSON.parse(process.argv[2] ?? '{}') as BenchTask
const { own, sessions } = await openStores()
const app = await startApp(issuer, {
  directory: '/nowhere',
  session: { store: sessions },
  relyingParty: { store: own, name: 'bench', log: false },
  before: mountBaseline,
  after: showLogin,
})
await app.rp.ready()
const rp = buildRelyingParty(
  settingsOf({ issuer, baseUrl: app.url, store: own, name: 'bench', start: 'first-use' }),
)
const answer = (said: BenchAnswer): unknown => process.send?.(said)

process.on('message', (order: BenchOrder) => void obey(order).then(answer))
answer(app.url)

async function openStores(): Promise<{ readonly own: Store; readonly sessions: SessionStore }> {
  if (redis === undefined) return { own: memoryStore(), sessions: new session.MemoryStore() }
  const place = String(redis)
  const [medium, opened] = await Promise.all([
    openMedium({ kind: 'redis', place }),
    openSessions({ kind: 'redis', place }),
  ])
  return { own: medium.store('bench'), sessions: opened.store }
}

const AT_ONCE = 100
setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** What any app must do for a logout token: read the form and verify the signature. */
function mountBaseline(mounted: Express): void {
  const keys = createRemoteJWKSet(new URL(jwksUri))
  mounted.post('/baseline', express.urlencoded({ extended: false }), async (req, res) => {
    await jwtVerify(req.body.logout_token, keys, { issuer })
    res.sendStatus(200)
  })
}

async function obey(order: BenchOrder): Promise<number> {
  if (order.kind === 'cpu') {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000
  }
  if (order.kind === 'rss') return process.memoryUsage.rss() / 2 ** 20
  const { from, to } = order
  let count = 0
  for (let start = from; start < to; start += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, to - start) }, (_, index) => start + index)
    const done = await Promise.all(
      numbers.map(number => (order.kind === 'seed' ? seed(number) : isPresent(number))),
    )
    count += done.filter(Boolean).length
  }
  collectGarbage() // or what comes next would pay for it
  return count
}

/** Puts a session and its login where a sign-in would. */
async function seed(number: number): Promise<boolean> {
  const iat = Math.floor(Date.now() / 1_000)
  const claims = { iss: issuer, aud: 'a', sub: `user ${number}`, sid: `sid ${number}`, iat, exp: iat + 60 }
  const common = {
    issuer,
    name: 'bench',
    clientId: 'a',
    scope: 'openid',
    stepUps: [],
    user: { sub: claims.sub },
  }
  const login: Login = {
    id: `login ${number}`,
    sessionId: `session ${number}`,
    startedAt: Date.now(),
    claims,
    ...common,
  }
  const data = { cookie: { originalMaxAge: null }, oidc: formatLogin(login) } as SessionData
  await new Promise(resolve => sessions.set(login.sessionId, data, resolve))
  await addToIndex(rp.settings, login, login.sessionId)
  return true
}

async function isPresent(number: number): Promise<boolean> {
  const found = await new Promise((resolve, reject) =>
    sessions.get(`session ${number}`, (error: unknown, data) => (error ? reject(error) : resolve(data))),
  )
  return found !== undefined && found !== null
}
