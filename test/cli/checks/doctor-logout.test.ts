import type { Express, RequestHandler } from 'express'
import { describe, expect } from 'vitest'
import { test as base } from '../../support/cli/cli.ts'
import { findingOf, type Ran } from '../../support/cli/command-line.ts'

const refusePosts: RequestHandler = (req, res, next) => {
  if (req.method === 'POST') res.sendStatus(403)
  else next()
}

const test = base.extend('examine', ({ cli, environment }) => {
  return (baseUrl: string): Promise<Ran> =>
    cli('doctor --json', { environment: { ...environment, BASE_URL: baseUrl } })
})

describe('a made-up logout token', () => {
  test('passes when the middleware refuses it', async ({ start, directory, examine }) => {
    const app = await start({ directory })
    await app.rp.ready()
    expect(findingOf(await examine(app.url), 'logout')).toMatchObject({
      state: 'passed',
      sentence: `Logout tokens reach the app at ${app.url}/backchannel-logout.`,
    })
  })

  test('fails when something else refuses it, and the fix says what to mount', async ({
    start,
    directory,
    examine,
  }) => {
    const before = (app: Express): void => void app.use(refusePosts)
    const app = await start({ directory, before })
    await app.rp.ready()
    expect(findingOf(await examine(app.url), 'logout')).toMatchObject({
      state: 'failed',
      sentence: expect.stringContaining('answers HTTP 403'),
      fix: expect.stringContaining('handlers.backchannelLogout'),
    })
  })

  test('is a warning when the provider does not send any', async ({
    start,
    directory,
    examine,
    provider,
  }) => {
    delete provider.metadata.backchannel_logout_supported
    const app = await start({ directory })
    await app.rp.ready()
    const ran = await examine(app.url)
    expect(JSON.stringify(ran)).toContain('does not say that it sends logout tokens')
    expect(ran.code).toBe(0)
  })
})
