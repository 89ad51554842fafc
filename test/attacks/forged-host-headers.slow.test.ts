import { describe, expect, test } from 'vitest'
import { asBrowser, attackedApp, places } from '../support/attacks/attacked-app.ts'
import { visitWith } from '../support/attacks/whole-visit.ts'
import { scriptedProvider } from '../support/scripted-provider.ts'

const names = [
  'host',
  'x-forwarded-host',
  'x-forwarded-server',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-prefix',
  'x-forwarded-for',
  'forwarded',
  'x-host',
  'x-original-host',
  'x-original-url',
  'x-rewrite-url',
  'x-http-host-override',
  'origin',
  'referer',
  'x-real-ip',
]

const values = [
  'evil.test',
  'http://evil.test',
  'evil.test:1, localhost',
  'host=evil.test;proto=https',
  '/evil.test',
  '//evil.test/',
]

describe.each([places[0], places[3]])('on %s', (...place) => {
  test.for([false, true])(
    'nothing is built from a header (trust proxy: %s)',
    async (trust, { onTestFinished }) => {
      const provider = await scriptedProvider()
      onTestFinished(() => provider.close())
      const app = await attackedApp(provider.issuer, place, {
        before: server => server.set('trust proxy', trust),
      })
      onTestFinished(() => app.close())
      const [, , mount] = place
      const own = `${app.base}/callback`
      let count = 0
      for (const name of names)
        for (const value of values) {
          count += 1
          const headers = { ...asBrowser, [name]: value }
          for (const path of ['/login', '/private']) {
            const { status, location, text } = await app.send(mount + path, { headers })
            expect([status, new URL(location).searchParams.get('redirect_uri')], `${name}: ${value}`).toEqual(
              [303, own],
            )
            expect(location + text).not.toContain('evil')
          }
          const program = await app.send(`${mount}/private`, {
            headers: { [name]: value, accept: 'application/json' },
          })
          expect(JSON.parse(program.text)).toMatchObject({ loginUrl: `${app.base}/login` })
          expect(JSON.stringify(program.headers)).not.toContain('evil')
          const out = await app.send(`${mount}/logout/callback?state=x`, { headers })
          expect([out.status, out.location], `${name}: ${value}`).toEqual([303, `${app.base}/`])
        }
      expect(count).toBe(96)
      const [client] = provider.clients.values()
      expect(client?.['redirect_uris']).toEqual([own])
      expect(JSON.stringify(client)).not.toContain('evil')
    },
  )

  test.for([false, true])(
    'no answer of a visit depends on a header (trust proxy: %s)',
    async (trust, { onTestFinished }) => {
      const provider = await scriptedProvider()
      onTestFinished(() => provider.close())
      const app = await attackedApp(provider.issuer, place, {
        before: server => server.set('trust proxy', trust),
      })
      onTestFinished(() => app.close())
      const usual = await visitWith(app, provider.issuer, {})
      expect(usual.map(text => Number(text.slice(0, 3)))).toEqual([
        303, 303, 200, 200, 403, 303, 303, 303, 401, 400, 400, 303,
      ])
      for (const name of names)
        for (const value of ['https', ...values])
          expect([name, value, ...(await visitWith(app, provider.issuer, { [name]: value }))]).toEqual([
            name,
            value,
            ...usual,
          ])
      expect(provider.clients.size).toBe(1)
    },
  )
})
