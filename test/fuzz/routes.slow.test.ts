import fc from 'fast-check'
import { expect } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { Browser } from '../support/browser.ts'
import { test } from '../support/flow.ts'
import { expectAlive, expectNoSecret, insidePage, watch } from '../support/fuzz/oracle.ts'
import { fuzz, LONGEST, type Outcome } from '../support/fuzz/property.ts'
import {
  type RawAnswer,
  type RawChange,
  type RawRequest,
  rawChanges,
  sendRaw,
  write,
} from '../support/fuzz/raw-request.ts'
import { form, recipes, type Visit } from '../support/fuzz/recipes.ts'
import { frontchannel } from '../support/logout.ts'
import type { ScriptedProvider } from '../support/scripted-provider.ts'

test('whatever a request holds, it is answered', { timeout: LONGEST }, async ({ provider, start }) => {
  const log: string[] = []
  const relyingParty = { log: (line: string) => log.push(line), routes: frontchannel }
  const app = await start({ after: insidePage, relyingParty })
  await app.rp.ready()
  await runs('requests', app, provider, log)
})

test('whatever a posted response holds, it is answered', { timeout: LONGEST }, async ({
  provider,
  start,
}) => {
  const log: string[] = []
  const app = await start({
    after: insidePage,
    relyingParty: { log: line => log.push(line), responseMode: 'form_post' },
  })
  await app.rp.ready()
  const watched = watch(log)
  await fuzz('posted responses', {
    inputs: rawChanges,
    twins: [{}],
    runs: 150,
    async attempt(change): Promise<Outcome> {
      const visit = { app, provider, browser: new Browser() }
      const started = await visit.browser.open(`${app.url}/login`, { follow: false })
      const asked = await visit.browser.open(started.headers.get('location') ?? '', { follow: false })
      const fields = [...asked.text.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(
        ([, name = '', value = '']) => [name, unescaped(value)] as [string, string],
      )
      const body = new URLSearchParams(fields).toString()
      const headers = { ...form, Host: new URL(app.url).host, 'Sec-Fetch-Site': 'cross-site' }
      const posted = await sendRaw(
        app.url,
        write({ method: 'POST', target: '/callback', headers, body }, change),
      )
      expectAnswer(posted, visit)
      watched.check([new URLSearchParams(fields).get('code') ?? ''])
      await expectAlive(app)
      if (posted?.status !== 303) return 'refused'
      const back = await visit.browser.open(posted.headers.get('location') ?? '', { follow: false })
      return back.status === 303 && (await app.userOf(visit.browser)) !== null ? 'accepted' : 'refused'
    },
  })
})

const unescaped = (text: string): string =>
  text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))

type Kind = keyof typeof recipes

async function runs(name: string, app: TestApp, provider: ScriptedProvider, log: string[]): Promise<void> {
  const watched = watch(log)
  const kinds = Object.keys(recipes)
  await fuzz<readonly [Kind, RawChange]>(name, {
    inputs: fc.tuple(fc.constantFrom(...kinds), rawChanges),
    twins: [['callback', {}], ...kinds.map(kind => [kind, {}] as const)],
    runs: 600,
    async attempt([kind, change]): Promise<Outcome> {
      const visit = { app, provider, browser: new Browser() }
      const request = await recipes[kind]?.(visit)
      if (!request) throw new Error(`There is no recipe for ${kind}.`)
      const right = { ...request, headers: { Host: new URL(app.url).host, ...request.headers } }
      const answer = await sendRaw(app.url, write(right, change))
      expectAnswer(answer, visit)
      const code = new URL(right.target, app.url).searchParams.get('code')
      watched.check(code === null ? [] : [code])
      await expectAlive(app)
      if (kind === 'callback') return outcomeOfCallback(answer, right, change, visit)
      return answer && answer.status < 400 ? 'accepted' : 'refused'
    },
  })
}

/** No answer says more than it should, leads elsewhere, or blames this app. */
function expectAnswer(answer: RawAnswer | undefined, { app, provider }: Visit): void {
  if (answer === undefined) return undefined
  const { status, headers, setCookies, text } = answer
  const isUnseen = status === 503 && text === ''
  if (status >= 500 && !isUnseen) throw new Error(`HTTP ${status}: ${text}`)
  const isOfExpress = status === 404 // its page repeats the path, escaped
  expectNoSecret(isOfExpress ? '' : text, ['<svg', 'javascript:', 'Error:', 'at /', 'node_modules'])
  for (const cookie of setCookies) expect(cookie).toMatch(/^(connect\.sid|oidc[\w.-]*)=/)
  const location = headers.get('location')
  if (location !== null) expect([app.url, provider.issuer]).toContain(new URL(location, app.url).origin)
}

/** Only the right code, with the right `state` and issuer, in the right browser, signs in. */
async function outcomeOfCallback(
  answer: RawAnswer | undefined,
  right: RawRequest,
  change: RawChange,
  { app }: Visit,
): Promise<Outcome> {
  const cookie = answer?.setCookies.find(one => one.startsWith('connect.sid='))?.split(';')[0]
  if (!cookie) return 'refused'
  const me = await sendRaw(
    app.url,
    write({ method: 'GET', target: '/me', headers: { Host: 'localhost', Cookie: cookie } }),
  )
  if (!me || me.text === 'null') return 'refused'
  const [line = ''] = write(right, change).split('\r\n')
  const sent = new URL(line.split(/ +/)[1] ?? '', app.url).searchParams
  const own = new URL(right.target, app.url).searchParams
  for (const name of ['code', 'state', 'iss']) expect(sent.getAll(name)).toEqual(own.getAll(name))
  return 'accepted'
}
