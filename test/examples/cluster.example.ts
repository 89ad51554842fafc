import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LocalProvider, startProvider } from '../../examples/provider/provider.ts'
import { Browser, signIn } from '../support/browser.ts'
import { locationOf } from '../support/flow.ts'
import { freePort } from '../support/processes/free-port.ts'
import { isMissing } from '../support/processes/missing.ts'
import { redisIsMissing } from '../support/processes/redis-server.ts'
import { type Example, installExample, type RunningExample } from './example.ts'

const isSkipped = redisIsMissing() || isMissing('/usr/sbin/nginx', 'nginx', 'apt-get install -y nginx')
const REPLICAS = ['replica 1', 'replica 2', 'replica 3']
/** nginx, the replicas and Redis listen on adjacent ports. */
const PROGRAMS = 1 + REPLICAS.length + 1

describe.skipIf(isSkipped)('the cluster', () => {
  let example: Example
  let provider: LocalProvider
  let app: RunningExample
  let backchannelLogoutUri: string

  beforeAll(async () => {
    example = await installExample('cluster')
    provider = await startProvider()
    const port = await freePort(PROGRAMS)
    backchannelLogoutUri = `http://127.0.0.1:${port}/backchannel-logout`
    app = await example.start('start', {
      PORT: String(port),
      ISSUER_BASE_URL: provider.issuer,
      BACKCHANNEL_LOGOUT_URI: backchannelLogoutUri,
      NODE_ENV: 'production', // as in its Dockerfile
    })
  })

  afterAll(async () => {
    await example.remove()
    await provider.close()
  })

  test('has types', async () => {
    expect(await example.run('check')).toBe('') // tsc
  })

  test('registers once, and knows a user on every replica', async () => {
    const browser = new Browser()
    await signIn(browser, `${app.url}/profile`)
    for (const text of await onAllReplicas(browser, '/profile')) expect(text).toContain('Alice Liddell')
    expect(registrations()).toHaveLength(1)
    expect(app.output()).toContain('Its record is in Redis')
  })

  test('goes on while its credentials are rotated', async () => {
    const [signedIn, underWay] = [new Browser(), new Browser()]
    await signIn(signedIn, `${app.url}/profile`)
    const start = await underWay.open(`${app.url}/profile`, { follow: false })

    const said = await example.run('rotate', variablesOf(app.output()))
    expect(said).toMatch(/^generation +2$/m)
    for (const _ of REPLICAS) {
      expect((await signedIn.open(`${app.url}/profile`)).text).toContain('Alice Liddell')
      expect((await signIn(new Browser(), `${app.url}/profile`)).url).toBe(`${app.url}/profile`)
    }
    const profile = await signIn(underWay, locationOf(start).href)
    expect([profile.status, profile.url]).toEqual([200, `${app.url}/profile`])
    expect(registrations()).toHaveLength(1)
  })

  test('signs a browser out on every replica when its session ends at the provider', async () => {
    const [ending, other] = [new Browser(), new Browser()]
    for (const browser of [ending, other]) await signIn(browser, `${app.url}/profile`)
    const [, clientId = ''] = /as client (\S+)/.exec(app.output()) ?? []
    expect(await provider.provider.Client.find(clientId)).toMatchObject({ backchannelLogoutUri })

    const page = await ending.open(`${provider.issuer}/session/end`)
    await ending.submit(page, { logout: 'yes' })

    for (const text of await onAllReplicas(ending, '/')) expect(text).toContain('You are not signed in.')
    for (const text of await onAllReplicas(other, '/')) expect(text).toContain('Hello Alice Liddell')
    const heard = app.output().match(/replica \d: The provider ended a session\./g)
    expect(heard).toHaveLength(1)
  })

  /** What each of the replicas answers: nginx asks them in turn. */
  async function onAllReplicas(browser: Browser, path: string): Promise<string[]> {
    const pages = await Promise.all(REPLICAS.map(() => browser.open(app.url + path)))
    const replicas = new Set(pages.map(({ text }) => /Served by ([^.]+)\./.exec(text)?.[1]))
    expect(replicas).toEqual(new Set(REPLICAS))
    return pages.map(({ text }) => text)
  }

  function registrations() {
    return provider.requests.filter(({ method, path }) => method === 'POST' && path === '/reg')
  }
})

/** The variables that the start has printed for a second terminal. */
function variablesOf(output: string): Record<string, string> {
  const [, line = ''] = /^ {2}(.*) npm run rotate$/m.exec(output) ?? []
  return Object.fromEntries(line.split(' ').map(pair => pair.split('=') as [string, string]))
}
