import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { forkReplica, type Replica } from '../../support/logout/replicas.ts'
import { logoutToken, postLogout } from '../../support/logout.ts'
import { freePort } from '../../support/processes/free-port.ts'
import { type ScriptedProvider, scriptedProvider } from '../../support/scripted-provider.ts'

/** The only process of an app, with its sessions in files and its records in SQLite. */
describe('an app that is one process, and is killed', () => {
  let provider: ScriptedProvider
  let place: string
  let port: number
  let running: Replica
  const sids: string[] = []

  beforeEach(async () => {
    ;[provider, place, port] = await Promise.all([
      scriptedProvider(),
      mkdtemp(join(tmpdir(), 'oidc-one-process-')),
      freePort(),
    ])
    provider.idToken = (claims, header) => {
      sids.push(String(claims.sid))
      return { claims, header }
    }
    await start()
  })
  afterEach(async () => {
    await running.end()
    await provider.close()
    await rm(place, { recursive: true, force: true, maxRetries: 5 })
  })

  async function start(): Promise<void> {
    running = await forkReplica({
      issuer: provider.issuer,
      medium: { kind: 'sqlite', place },
      port,
      baseUrl: `http://localhost:${port}`,
      session: {},
      relyingParty: { scope: 'openid profile offline_access' },
    })
  }

  async function killAndStart(): Promise<void> {
    await running.kill()
    await start()
  }

  async function signIn(): Promise<{ readonly browser: Browser; readonly sid: string }> {
    const browser = new Browser()
    expect((await browser.open(`${running.url}/private`)).status).toBe(200)
    return { browser, sid: sids.at(-1) ?? '' }
  }

  const userOf = async ({ browser }: { readonly browser: Browser }): Promise<unknown> =>
    JSON.parse((await browser.open(`${running.url}/me`)).text)
  const sessions = async (): Promise<number> => (await readdir(join(place, 'sessions'))).length
  const logOut = async (claims: object): Promise<number> =>
    (await postLogout(running, await logoutToken(provider, claims))).status

  test('keeps its client, its sessions, and their tokens', async () => {
    const known = await signIn()
    const before = (await known.browser.open(`${running.url}/buy`)).text
    await killAndStart()
    expect(await userOf(known)).toMatchObject({ sub: 'user-1' })
    expect(JSON.parse((await known.browser.open(`${running.url}/buy`)).text)).toEqual(JSON.parse(before))
    expect(before).toContain('"status":200')
    expect(provider.clients.size).toBe(1)
  })

  test.for(['sid', 'sub'] as const)(
    'ends sessions from before at once when its first request is a logout token with %s',
    async kind => {
      const known = await signIn()
      await killAndStart()
      expect(await sessions()).toBe(1)
      expect(await logOut(kind === 'sid' ? { sid: known.sid } : { sub: 'user-1' })).toBe(200)
      expect(await sessions()).toBe(0)
      expect(await userOf(known)).toBeNull()
    },
  )

  test('does not forget what it has ended, and ends nothing else', async () => {
    const [ended, other] = [await signIn(), await signIn()]
    expect(await logOut({ sid: ended.sid })).toBe(200)
    await killAndStart()
    expect(await userOf(ended)).toBeNull()
    expect(await userOf(other)).toMatchObject({ sub: 'user-1' })
  })
})
