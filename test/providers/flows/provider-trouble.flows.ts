import { expect } from 'vitest'
import { countAttempts, expectOneAttempt } from '../matrix/attempts.ts'
import { until } from '../matrix/flow.ts'
import { goOn, PersonalBrowser, visit } from '../matrix/person.ts'
import { testFlows } from '../matrix/test-flows.ts'

testFlows({
  async 'registration is switched off at its first start'({ startUnready, startProvider }) {
    const at = await startProvider('own')
    await at.administration.switchRegistration(false)
    const app = await startUnready({ at })
    const browser = new PersonalBrowser()
    const page = await browser.open(`${app.url}/private`)
    expect([page.status, page.headers.has('retry-after')]).toEqual([503, true])
    expect(app.log.join('\n')).toContain('createOidcDynamicClient')
    await at.administration.switchRegistration(true)
    await until('the app registers', async () => app.rp.status().state === 'ready', 30_000)
    await expectOneAttempt(app)
    expect(await app.clients()).toHaveLength(1)
  },

  async 'registration is switched off while it runs'({ start, startProvider }) {
    const at = await startProvider('own')
    const app = await start({ at })
    await at.administration.switchRegistration(false)
    await expectOneAttempt(app)
    expect(await app.clients()).toHaveLength(1)
  },

  async 'the provider restarts between login and callback'({ start, startProvider }) {
    const at = await startProvider('durable')
    let held: string | undefined
    const app = await start({
      at,
      before: router =>
        router.get('/callback', (req, res, next) => {
          if (held !== undefined) return next()
          held = req.originalUrl
          res.send('held up')
        }),
    })
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).text).toBe('held up')
    await at.administration.restart()
    const page = await goOn(browser, await browser.open(app.url + held))
    expect(page.url.startsWith(app.url), page.url).toBe(true)
    if (page.status !== 200) expect((await countAttempts(app, browser)).begun).toBe(1)
    expect(await app.userOf(browser)).not.toBeNull()
    expect(await app.clients()).toHaveLength(1)
  },
})
