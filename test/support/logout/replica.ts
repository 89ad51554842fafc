// A process of its own that runs one replica of an app, and stops at the call of a store that its parent names.
import type { Express } from 'express'
import type { SessionOptions } from 'express-session'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import { startApp } from '../app.ts'
import { type Medium, openMedium } from '../stores/media.ts'
import { tokenRoutes } from '../tokens/token-routes.ts'
import { buildHolds, holdSessions, holdTokens, type StoreCall } from './holds.ts'
import { showEndings, showLogin, showShop } from './logout-pages.ts'
import { openSessions } from './sessions.ts'

/** What a replica is told when it is made. */
export interface ReplicaTask {
  readonly issuer: string
  readonly medium: Medium
  readonly port: number
  readonly baseUrl: string
  readonly session: Pick<SessionOptions, 'resave' | 'rolling'>
  readonly relyingParty: Pick<RelyingPartyOptions, 'scope' | 'userInfo'>
}

/** What its parent asks of it later. */
export type ReplicaOrder = { readonly hold: StoreCall } | 'go on' | 'end'

/** What it says. */
export type ReplicaWord = 'ready' | 'held'

const task = JSON.parse(process.argv[2] ?? '{}') as ReplicaTask
const medium = await openMedium(task.medium)
const sessions = await openSessions(task.medium)
const holds = buildHolds()
holdSessions(sessions.store, holds)
const say = (word: ReplicaWord): unknown => process.send?.(word)
let release = (): void => undefined
let mounted: Express | undefined

const app = await startApp(task.issuer, {
  port: task.port,
  directory: '/nowhere', // nothing is kept in files
  session: { ...task.session, store: sessions.store },
  relyingParty: {
    ...task.relyingParty,
    store: holdTokens(medium.store('app'), holds),
    name: 'app',
    baseUrl: task.baseUrl,
    routes: { frontchannelLogout: '/frontchannel-logout' },
  },
  after(express) {
    mounted = express
    showLogin(express)
    showShop(express)
    tokenRoutes(express)
  },
})
if (mounted) showEndings(mounted, app.rp.sessions)
await app.rp.ready()

process.on('message', (order: ReplicaOrder) => {
  if (order === 'end') void end()
  else if (order === 'go on') release()
  else {
    const released = new Promise<void>(resolve => {
      release = resolve
    })
    holds.hold({ call: order.hold, reached: () => say('held'), released })
  }
})
say('ready')

async function end(): Promise<void> {
  await app.close()
  await sessions.close()
  await medium.close()
  process.exit(0)
}
