import { describe, expect } from 'vitest'
import { test } from '../../support/cli/cli.ts'
import type { Ran } from '../../support/cli/command-line.ts'
import { startProxy } from '../../support/cli/proxy.ts'

type Finding = Readonly<Record<'check' | 'state' | 'sentence' | 'fix', string>>

function findingsOf({ out }: Ran, check: string): Finding[] {
  return (JSON.parse(out).checks as Finding[]).filter(finding => finding.check === check)
}

describe('doctor at an app with two addresses', () => {
  test.for([
    ['trusts its proxy', 1, 'passed', undefined],
    ['trusts no proxy', false, 'failed', expect.stringContaining("app.set('trust proxy', 1)")],
  ] as const)(
    'that %s',
    async ([, trust, state, fix], { start, directory, environment, cli, onTestFinished }) => {
      const headers: Record<string, string> = { 'x-forwarded-proto': 'http' }
      const proxy = await startProxy({ headers })
      onTestFinished(() => proxy.close())
      headers['x-forwarded-host'] = new URL(proxy.url).host
      const app = await start({
        directory,
        baseUrl: url => [url, proxy.url],
        before: server => void server.set('trust proxy', trust),
      })
      proxy.pointTo(app.url)
      await app.rp.ready()
      const ran = await cli('doctor --json', {
        environment: { ...environment, BASE_URL: `${app.url} ${proxy.url}` },
      })
      expect(findingsOf(ran, 'host').map(finding => finding.state)).toEqual(['passed', 'passed'])
      const [first, second] = findingsOf(ran, 'app')
      expect(first).toMatchObject({
        state: 'passed',
        sentence: expect.stringContaining(`${app.url}/callback`),
      })
      expect([second?.state, second?.fix]).toEqual([state, fix])
      expect(findingsOf(ran, 'addresses').map(finding => finding.sentence)).toEqual(
        [app.url, proxy.url]
          .flatMap(url => [
            `The redirect URI ${url}/callback is registered.`,
            `The post-logout redirect URI ${url}/logout/callback is registered.`,
          ])
          .concat(`The back-channel logout URI ${app.url}/backchannel-logout is registered.`),
      )
    },
  )

  test('asks for every redirect URI of a client that was made by hand', async ({
    provider,
    environment,
    cli,
  }) => {
    provider.clients.set('by-hand', {
      client_id: 'by-hand',
      client_secret: 'secret',
      redirect_uris: ['https://a.example/callback'],
    })
    const ran = await cli('doctor --json', {
      environment: {
        ...environment,
        BASE_URL: 'https://a.example https://b.example',
        CLIENT_ID: 'by-hand',
        CLIENT_SECRET: 'secret',
      },
    })
    const [a, b] = findingsOf(ran, 'addresses')
    expect([a?.state, b?.state]).toEqual(['passed', 'failed'])
    expect(b?.fix).toContain('https://b.example/callback')
  })
})
