import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MemoryStore } from 'express-session'
import { describe, expect } from 'vitest'
import type { TestAppOptions } from '../support/app.ts'
import { test as base } from '../support/cli/cli.ts'
import { findingOf, type Ran, statesOf } from '../support/cli/command-line.ts'
import { type ProxyOptions, type RunningProxy, startProxy } from '../support/cli/proxy.ts'
import { doctorRow } from '../support/trouble/doctor-row.ts'
import { losses } from '../support/trouble/lost-session.ts'
import { addRow } from '../support/trouble/row.ts'

type Examine = (options: TestAppOptions, proxying?: ProxyOptions) => Promise<Ran>

/** A test that runs `doctor` on an app behind a proxy. */
const test = base
  .extend('proxyOf', ({ onTestFinished }) => {
    return async (options: ProxyOptions): Promise<RunningProxy> => {
      const proxy = await startProxy(options)
      onTestFinished(() => proxy.close())
      return proxy
    }
  })
  .extend('examine', ({ proxyOf, start, directory, folder, environment, cli }): Examine => {
    return async (options, proxying = {}) => {
      const proxy = await proxyOf(proxying)
      const relyingParty = { ...options.relyingParty, baseUrl: proxy.url }
      const app = await start({ directory, ...options, relyingParty })
      await app.rp.ready()
      proxy.pointTo(app.url)
      await writeFile(join(folder, 'oidc.mjs'), `export default ${JSON.stringify(relyingParty)}`)
      return cli('doctor --json --config oidc.mjs', { environment: { ...environment, BASE_URL: undefined } })
    }
  })

/** What only a browser can show, or only what another process keeps secret. */
const unseen = [
  'two cookies of one name',
  'two processes with different secrets',
  'cookies disabled in the browser',
]

/** Here the address of sign-ins has no session, so they cannot even start. */
const withoutSession = [
  'cookie.path that express-session takes and the browser does not',
  'cookie.path that covers only the callback',
]

/** What a test of a browser imitates by not accepting the cookie, a real proxy does. */
const proxies: Readonly<Record<string, ProxyOptions>> = {
  'a proxy that removes the session cookie': {
    changeCookie: header => (header.startsWith('connect.sid') ? undefined : header),
  },
}

describe('doctor foresees that a session does not come back', () => {
  test.for(losses.filter(({ wrong }) => !unseen.includes(wrong)))(
    '$wrong',
    async ({ wrong, options, headers, cause }, { task, examine }) => {
      const ran = await examine(options, { ...proxies[wrong], ...(headers && { headers }) })
      addRow(task, doctorRow(`doctor: ${wrong}`, ran))
      const check = withoutSession.includes(wrong) ? 'app' : 'session'
      expect([ran.code, findingOf(ran, check)?.['state']]).toEqual([1, 'failed'])
      const said = JSON.stringify(findingOf(ran, check))
      const named = /store/.test(cause) ? 'same session store' : /cookie\.\w+/.exec(cause)?.[0]
      expect(said).toContain(named ?? (/trust proxy/.test(cause) ? 'trust proxy' : 'does not arrive here'))
    },
  )

  test.for([
    ['path', (header: string) => header.replace('Path=/', 'Path=/internal'), 'cookie.path is /internal'],
    ['SameSite', (header: string) => `${header}; SameSite=Strict`, "cookie.sameSite is 'strict'"],
  ] as const)('a proxy that changes its %s', async ([, change, sentence], { examine }) => {
    const changeCookie = (header: string) => (header.startsWith('connect.sid') ? change(header) : header)
    const ran = await examine({}, { changeCookie })
    expect([ran.code, findingOf(ran, 'session')]).toMatchObject([
      1,
      { state: 'failed', sentence: expect.stringContaining(sentence), fix: expect.stringContaining('proxy') },
    ])
  })

  test('while the twin of all of them passes, and leaves no session behind', async ({ examine }) => {
    const store = new MemoryStore()
    const ran = await examine({ session: { store, saveUninitialized: true } })
    expect([ran.code, statesOf(ran)]).toEqual([
      0,
      expect.arrayContaining(['host passed', 'proxy passed', 'session passed']),
    ])
    const { sessions } = store as unknown as { sessions: object }
    expect(Object.keys(sessions)).toHaveLength(1) // that of /login, as for every visitor
  })
})
