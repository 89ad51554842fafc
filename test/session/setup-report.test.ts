import { expect } from 'vitest'
import { buildSettings } from '../../src/relying-party/options/settings.ts'
import { readSealer } from '../../src/relying-party/sealing-keys.ts'
import { DOCTOR_HEADER, isSetupReport, sealQuestion } from '../../src/session/setup-report.ts'
import { embeddedStore } from '../../src/stores/embedded-store.ts'
import { test as base, codeOf } from '../support/flow.ts'

/** A test with an app that has its sealing keys, and with the sealer of the command line beside it. */
const test = base.extend('asked', async ({ start, directory, provider, browser }) => {
  const app = await start({ directory })
  await browser.open(`${app.url}/login`, { follow: false })
  const options = {
    issuer: provider.issuer,
    baseUrl: app.url,
    store: embeddedStore(directory),
    log: false as const,
  }
  const sealer = await readSealer(buildSettings(options, {}))
  if (!sealer) throw new Error('The app has made no key.')
  const ask = (question: string) =>
    browser.open(`${app.url}/callback`, {
      headers: { accept: 'application/json', [DOCTOR_HEADER]: question },
    })
  return { ask, sealer }
})

test('a question of doctor is answered, and the answer is not cached', async ({ asked: { ask, sealer } }) => {
  const page = await ask(sealQuestion(sealer, 'a nonce'))
  expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-store'])
  const report: unknown = JSON.parse(page.text)
  expect([isSetupReport(report), report]).toMatchObject([true, { nonce: 'a nonce', arrivedBy: 'http' }])
  expect(page.headers.getSetCookie().map(cookie => cookie.split('=')[0])).toEqual(['connect.sid'])
})

test.for([
  ['a stranger', async () => 'made up'],
  ['a question for another purpose', sealer => sealer.seal('state', { nonce: 'a', at: Date.now() })],
  ['a question of an hour ago', sealer => sealer.seal('doctor', { nonce: 'a', at: Date.now() - 3_600_000 })],
  ['a question without a time', sealer => sealer.seal('doctor', { nonce: 'a' })],
] as [string, (sealer: Awaited<ReturnType<typeof readSealer>> & object) => Promise<string>][])(
  '%s gets what everybody gets',
  async ([, build], { asked: { ask, sealer } }) => {
    const page = await ask(await build(sealer))
    expect([page.status, codeOf(page)]).toEqual([400, 'ERR_OIDC_CALLBACK_INVALID'])
    expect(page.headers.getSetCookie().join()).not.toContain('connect.sid')
  },
)

test('the command line makes no key for an app that has none', async ({ directory, provider }) => {
  const options = { issuer: provider.issuer, baseUrl: 'http://localhost:1', store: embeddedStore(directory) }
  const settings = buildSettings(options, {})
  expect(await readSealer(settings)).toBeUndefined()
  expect(await settings.store.get('key:sealing:default')).toBeUndefined()
})
