import { describe, expect } from 'vitest'
import type { OidcError } from '../../src/index.ts'
import { sentenceOf } from '../../src/vocabulary/error-codes.ts'
import { asProgram, codeOf, expectSignIn, reachCallback, referenceOf, test } from '../support/flow.ts'
import { endingWith, wrongAnswers } from '../support/trouble/failed-sign-in.ts'
import { addRow, pageRow } from '../support/trouble/row.ts'
import { wrongIdTokens } from '../support/trouble/wrong-id-tokens.ts'

describe('a failed sign-in leaves one sentence in the log, with the reference on the page', () => {
  test.for([...wrongIdTokens, ...wrongAnswers].map(failure => [failure.wrong, failure] as const))(
    '%s',
    async ([wrong, failure], { task, provider, app, browser }) => {
      await app.rp.ready()
      const { clientId = '' } = app.rp.status()
      const { length } = app.log
      failure.cause(provider)
      const page = await browser.open(`${app.url}/private`)
      const logged = app.log.slice(length).filter(line => line.includes(failure.code))
      addRow(task, { wrong, ...pageRow(page), logged })
      expect([page.status, codeOf(page), logged.length]).toEqual([failure.status, failure.code, 1])
      const [line = ''] = logged
      const words = failure.logged
      if (words instanceof RegExp) expect(line).toMatch(words)
      else expect(line).toContain(words.replace('CLIENT', clientId).replace('ISSUER', provider.issuer))
      expect(line).toMatch(/^[ -~…]{1,1000}$/)
      expect(line).toContain(`(${failure.code}, client ${clientId}, reference ${referenceOf(page)})`)
      expect(line).not.toMatch(/encountered|jane@|n0nce|eyJ/)
      expect(page.text).not.toMatch(/invalid_|server_error|The code has expired|disk/)
      expect(await app.userOf(browser)).toBeNull()
    },
  )

  test('while the twin of all of them signs in and says nothing', async ({ app, browser }) => {
    await app.rp.ready()
    const { length } = app.log
    await expectSignIn({ app, browser })
    expect(app.log.slice(length)).toEqual([])
  })
})

describe('onError', () => {
  test.for(['query', 'form_post'] as const)(
    'receives all of it by %s',
    async (responseMode, { provider, start, browser }) => {
      const errors: OidcError[] = []
      const app = await start({
        relyingParty: {
          responseMode,
          onError: (error, _req, res) => void res.status(418).send(errors.push(error) && 'own'),
        },
      })
      provider.answer('authorize', async ({ query }, response) => {
        const words = { error: 'access_denied', error_description: 'The user\r\nsaid no.' }
        const fields = { ...words, state: query.get('state') ?? '', iss: provider.issuer }
        const url = new URL(query.get('redirect_uri') ?? '')
        if (responseMode === 'query') {
          url.search = new URLSearchParams(fields).toString()
          return void response.writeHead(303, { location: url.href }).end()
        }
        const posted = await fetch(url, {
          method: 'POST',
          body: new URLSearchParams(fields),
          redirect: 'manual',
        })
        response.writeHead(303, { location: posted.headers.get('location') ?? '' }).end()
      })
      const page = await browser.open(`${app.url}/private`)
      expect([page.status, errors.length]).toEqual([418, 1])
      expect(errors[0]).toMatchObject({
        code: 'ERR_OIDC_ACCESS_DENIED',
        message: 'The sign-in was declined: access_denied, "The user said no.".',
        error: 'access_denied',
        description: 'The user said no.',
        clientId: app.rp.status().clientId,
        reference: expect.stringMatching(/^\w{8}$/),
      })
      expect(app.log.filter(line => line.includes(errors[0]?.reference ?? '?'))).toHaveLength(1)
      expect(await app.userOf(browser)).toBeNull()
      provider.behave()
      if (responseMode === 'query') await expectSignIn({ app, browser })
    },
  )
})

describe('the log is not flooded', () => {
  test('by sign-ins that fail again and again', async ({ task, provider, app, browser }) => {
    await app.rp.ready()
    const { length } = app.log
    endingWith({ error: 'server_error' })(provider)
    const references: (string | undefined)[] = []
    for (let index = 0; index < 5; index += 1)
      references.push(referenceOf(await browser.open(`${app.url}/private`)))
    expect(app.log.slice(length)).toHaveLength(1)
    await app.rp.close()
    const [first = '', repeats = ''] = app.log.slice(length)
    expect(first).toContain(`reference ${references[0]})`)
    expect(repeats).toMatch(/^… 4 more in the last minute: /)
    expect(repeats).toContain(`references ${references.slice(1).join(' ')})`)
    addRow(task, {
      wrong: 'five sign-ins fail alike',
      saw: '',
      logged: [repeats],
      status: 400,
      code: codeOf(await browser.open(`${app.url}/private`)),
    })
  })

  test('by requests while the provider is away', async ({ provider, app, browser }) => {
    await app.rp.ready()
    const { length } = app.log
    const callback = await reachCallback(browser, app)
    await provider.stop()
    for (let index = 0; index < 5; index += 1) {
      const page = await browser.open(callback.href)
      expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'])
    }
    expect(app.log.slice(length).filter(line => line.includes('GET /callback'))).toHaveLength(1)
    await provider.start()
  })

  test('by strangers, who are only counted', async ({ task, app, browser }) => {
    await app.rp.ready()
    const { length } = app.log
    const answers = []
    for (let index = 0; index < 3; index += 1)
      answers.push(await browser.open(`${app.url}/callback?state=made-up&code=${index}`, asProgram))
    await browser.open(`${app.url}/callback?error=access_denied&error_description=I+was+here`)
    expect(app.log.slice(length)).toEqual([])
    await app.rp.close()
    const logged = app.log.slice(length)
    addRow(task, {
      wrong: 'a callback with a made-up state, three times',
      saw: '',
      logged,
      status: 400,
      code: 'ERR_OIDC_STATE_UNKNOWN',
    })
    expect(logged).toHaveLength(1)
    expect(logged[0]).toContain(
      `3 × ERR_OIDC_STATE_UNKNOWN, references ${answers.map(referenceOf).join(' ')}`,
    )
    expect(logged[0]).toContain('1 × ERR_OIDC_CALLBACK_INVALID')
    expect(logged[0]).not.toMatch(/made-up|I was here/)
    expect(await app.userOf(browser)).toBeNull()
  })
})

test('a visitor never reads the sentence for operators', async ({ start, browser }) => {
  const app = await start({ session: false })
  const page = await browser.open(`${app.url}/login`)
  expect([page.status, codeOf(page)]).toEqual([500, 'ERR_OIDC_SESSION_MISSING'])
  expect(page.text).not.toMatch(/express|relyingParty/)
  expect(app.log.join('\n')).toContain(sentenceOf('ERR_OIDC_SESSION_MISSING').slice(0, 30))
})
