import { gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import type { RelyingPartyOptions } from '../../src/index.ts'
import { Browser } from '../support/browser.ts'
import { expectRefusal, expectSignIn, test } from '../support/flow.ts'
import type { Endpoint } from '../support/scripted-provider/endpoints.ts'
import { type Answer, drip, gzipBomb, huge } from '../support/scripted-provider.ts'

const MB = 2 ** 20
const HUGE = /larger than 1048576 bytes/
const LATE = /no answer within 1 s/

/** 64 MB that two turns of gzip make into some hundred bytes. */
function doubleBomb(): Answer {
  const body = gzipSync(gzipSync(Buffer.alloc(64 * MB, ' ')))
  const headers = {
    'content-type': 'application/json',
    'content-encoding': 'gzip, gzip',
    connection: 'close',
  }
  return (_request, response) => void response.writeHead(200, headers).end(body)
}

/** The answer, and whether the app has hung up on it. */
function watched(answer: Answer): { readonly answer: Answer; readonly isClosed: () => boolean } {
  let open = 0
  return {
    answer(request, response) {
      open += 1
      response.socket?.once('close', () => {
        open -= 1
      })
      return answer(request, response)
    },
    isClosed: () => open === 0,
  }
}

const answers: readonly (readonly [string, () => Answer, RegExp])[] = [
  ['400 MB', () => huge(400 * MB), HUGE],
  ['a gzip bomb', gzipBomb, HUGE],
  ['a gzip bomb in gzip', doubleBomb, HUGE],
  ['a byte now and then', drip, LATE],
]

type Refusal = readonly [status: number, code: string]
const pushing = { pushedAuthorizationRequests: true }

/** The endpoints that a sign-in needs. */
const needed: readonly (readonly [Endpoint, Refusal, RelyingPartyOptions])[] = [
  ['discovery', [503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'], {}],
  ['register', [503, 'ERR_OIDC_REGISTRATION_FAILED'], {}],
  ['jwks', [503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'], {}],
  ['token', [503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'], {}],
  ['userinfo', [502, 'ERR_OIDC_USER_INFO_UNAVAILABLE'], {}],
  ['pushed', [503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'], pushing],
]

describe.for(needed)('the endpoint %s that answers with', ([endpoint, expected, options]) => {
  test.for(answers)(
    '%s signs nobody in, holds no connection and fills no memory',
    async ([, make, reason], { provider, start, browser }) => {
      provider.metadata['pushed_authorization_request_endpoint'] = `${provider.issuer}/pushed`
      const { answer, isClosed } = watched(make())
      provider.answer(endpoint, answer)
      const before = process.memoryUsage().rss
      const app = await start({ relyingParty: { requestTimeout: 1, ...options } })
      const page = await browser.open(`${app.url}/private`)
      expect(process.memoryUsage().rss - before).toBeLessThan(150 * MB)
      await expectRefusal(page, expected, { app, browser })
      expect(app.log.join('\n')).toMatch(reason)
      await expect.poll(isClosed).toBe(true)
      provider.behave()
      await expectSignIn({ app: await start({ relyingParty: options }), browser })
    },
  )
})

describe('the endpoint revoke that answers with', () => {
  test.for(answers)(
    '%s stops no sign-out, and holds no connection',
    async ([, make], { provider, start, browser }) => {
      const { answer, isClosed } = watched(make())
      const app = await start({ relyingParty: { requestTimeout: 1, revokeOnLogout: true } })
      await expectSignIn({ app, browser })
      provider.answer('revoke', answer)
      const page = await browser.post(`${app.url}/logout`, {}, { follow: false })
      expect(page.headers.get('location')).toContain(`${provider.issuer}/logout?`)
      expect(await app.userOf(browser)).toBeNull()
      await expect.poll(() => provider.requestsTo('revoke').length).toBeGreaterThan(0)
      await expect.poll(isClosed).toBe(true)
      await expectSignIn({ app, browser: new Browser() })
    },
  )
})
