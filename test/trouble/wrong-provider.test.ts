import { describe, expect } from 'vitest'
import { test } from '../support/flow.ts'
import { travel } from '../support/trouble/journey.ts'
import { addRow, pageRow } from '../support/trouble/row.ts'

const DEAD = 'http://127.0.0.1:9/wrong'

describe('an issuer that is not the one of the document is named with the value to set', () => {
  test.for([
    [
      'misses the slash at its end',
      (issuer: string) => `${issuer}/`,
      'The slash at the end counts: set options.issuer',
    ],
    [
      'is another one',
      () => 'https://other.example',
      'If "https://other.example" is your provider, set options.issuer',
    ],
  ] as const)('%s', async ([wrong, named, sentence], { task, provider, start, browser }) => {
    provider.metadata.issuer = named(provider.issuer)
    const app = await start()
    await expect(app.rp.ready()).rejects.toMatchObject({ code: 'ERR_OIDC_DISCOVERY_INVALID' })
    const page = await browser.open(`${app.url}/login`)
    addRow(task, { wrong: `the issuer ${wrong}`, ...pageRow(page), logged: app.log })
    expect(page.status).toBe(503)
    expect(app.log[0]).toContain(sentence)
    expect(app.log[0]).toContain(
      `(ISSUER_BASE_URL) to ${sentence.startsWith('The') ? `"${provider.issuer}/"` : 'it'}`,
    )
    expect(await app.userOf(browser)).toBeNull()
  })
})

describe('a bad address in endpoints is blamed on the option, once', () => {
  test.for([
    ['token_endpoint', DEAD],
    ['jwks_uri', DEAD],
    ['userinfo_endpoint', DEAD],
    ['token_endpoint', 'not found'],
  ] as const)('%s: %s', async ([name, address], { task, provider, start, browser }) => {
    const url = address === DEAD ? DEAD : `${provider.issuer}/nothing-here`
    const app = await start({ relyingParty: { endpoints: { [name]: url } } })
    await app.rp.ready()
    const { page } = await travel(browser, `${app.url}/private`)
    await travel(browser, `${app.url}/private`)
    const blamed = app.log.filter(line => line.startsWith(`options.endpoints.${name} may be wrong`))
    const wrong = `${name} in endpoints is ${address === DEAD ? 'an address where nothing listens' : 'not found'}`
    addRow(task, { wrong, ...pageRow(page), logged: app.log.slice(2) })
    expect([blamed.length, page.status >= 400, app.shown()]).toEqual([1, true, 0])
    expect(await app.userOf(browser)).toBeNull()
  })

  test('while good addresses there sign in', async ({ provider, start, browser }) => {
    const { token_endpoint } = provider.metadata
    const app = await start({ relyingParty: { endpoints: { token_endpoint: String(token_endpoint) } } })
    const { page } = await travel(browser, `${app.url}/private`)
    expect([page.status, app.log.join(' ').includes('options.endpoints')]).toEqual([200, false])
  })
})
