// Says where the CPU time of apps goes, for each login, logout, or request to me or public:
// `npm run bench:profile -- --only login --peers 'express-oidc-rp' --count 2000 --lines 40`.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { folder, installPeers } from './harness/install.ts'
import { openOften, signInMany } from './harness/load.ts'
import { type RunningApp, startApp, startProviderProcess } from './harness/processes.ts'
import { type Profile, readProfile, type SelfTimes } from './harness/profile.ts'
import { postTokens } from './measures/logout.ts'
import { BY_HAND, peers } from './peers.ts'

type Work = () => Promise<unknown>

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'login' },
    peers: { type: 'string', default: `express-oidc-rp;${BY_HAND}` },
    count: { type: 'string', default: '2000' },
    lines: { type: 'string', default: '25' },
  },
})
const [count, lines] = [Number(options.count), Number(options.lines)]
const names = options.peers.split(';')

await installPeers()
const provider = await startProviderProcess()
try {
  for (const peer of peers.filter(({ name }) => names.includes(name))) {
    const app = await startApp(provider, peer)
    const work = await prepare(app)
    await work() // so that its code is compiled
    await app.ask('profile')
    await work()
    const pid = await app.ask('profile')
    app.stop()
    const profile = JSON.parse(await readFile(`${folder}/build/${pid}.cpuprofile`, 'utf8')) as Profile
    const { packages, functions } = readProfile(profile)
    const total = packages.reduce((sum, [, time]) => sum + time, 0) / count
    console.log(`\n${peer.name}, ${options.only}: ${total.toFixed(1)} µs each, of which`)
    print(packages)
    print(functions.slice(0, lines))
  }
} finally {
  provider.stop()
}

function prepare(app: RunningApp): Work | Promise<Work> {
  if (options.only === 'login') return () => signInMany(app, count)
  return options.only === 'logout' ? tokensFor(app) : pageOf(app)
}

/** Posts logout tokens for users who have signed in, each time for others. */
async function tokensFor(app: RunningApp): Promise<Work> {
  await signInMany(app, 2 * count)
  const tokens = [...(await provider.logoutTokens(app.clientId, 2 * count))]
  return () => postTokens(app, tokens.splice(0, count))
}

/** Opens `/me` or `/public` as a signed-in user. */
async function pageOf(app: RunningApp): Promise<Work> {
  const visitor = await app.signIn('alice')
  await visitor.open(new URL('/public', app.baseUrl)) // which may take cookies of the sign-in away
  const expected = options.only === 'me' ? 'alice' : 'public'
  const page = { path: `/${options.only}`, cookie: visitor.cookies(app.baseUrl), expected }
  return () => openOften(app, { ...page, count })
}

function print(times: SelfTimes): void {
  console.log()
  for (const [name, time] of times) console.log(`${(time / count).toFixed(1).padStart(8)}  ${name}`)
}
