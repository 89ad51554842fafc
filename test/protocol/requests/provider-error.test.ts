import * as client from 'openid-client'
import { describe, expect, test } from 'vitest'
import { readFailure } from '../../../src/protocol/requests/provider-error.ts'

const metadata = {
  issuer: 'https://op.example',
  authorization_endpoint: 'https://op.example/authorize',
  token_endpoint: 'https://op.example/token',
  jwks_uri: 'https://op.example/jwks',
}
const requesterWith = (skew: number) => ({
  metadata,
  method: 'client_secret_basic',
  clock: { skew: () => skew, tolerance: 30 },
})
const requester = requesterWith(0)

/** What `openid-client` throws for a token request that this fetch answers. */
async function thrownFor(fetch: client.CustomFetch): Promise<unknown> {
  const configuration = new client.Configuration(metadata, 'shop', {}, client.None())
  configuration[client.customFetch] = fetch
  return client.genericGrantRequest(configuration, 'authorization_code', { code: 'x' }).then(
    () => expect.unreachable('the request succeeded'),
    error => error,
  )
}

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): client.CustomFetch => {
  return async () => Response.json(body, { status, headers })
}
const basic = { 'www-authenticate': 'Basic realm="x"' }
const failing = (error: unknown): client.CustomFetch => {
  return async () => {
    throw error
  }
}

describe('a failed request means', () => {
  test.each([
    ['rate limited', 'HTTP 429, invalid_client', answer(429, { error: 'invalid_client' })],
    ['unavailable', 'HTTP 503, invalid_client', answer(503, { error: 'invalid_client' })],
    ['unavailable', 'HTTP 502', answer(502, {}, basic)],
    ['client refused', 'HTTP 400, invalid_client', answer(400, { error: 'invalid_client' })],
    ['client refused', 'HTTP 401, request_unauthorized', answer(401, { error: 'request_unauthorized' })],
    ['client refused', 'HTTP 401', answer(401, {}, basic)],
    ['client refused', 'HTTP 401, invalid_client', answer(401, { error: 'invalid_client' }, basic)],
    ['refused', 'HTTP 401, invalid_grant', answer(401, { error: 'invalid_grant' })],
    ['refused', 'HTTP 401, invalid_grant', answer(401, { error: 'invalid_grant' }, basic)],
    ['refused', 'HTTP 403', answer(403, {}, basic)],
    ['refused', 'HTTP 400, invalid_request', answer(400, { error: 'invalid_request' })],
    ['unusable', 'HTTP 401', answer(401, {})],
    [
      'unusable',
      'the answer is not JSON: HTTP 200 with the Content-Type "text/html"',
      async () => new Response('<p>', { headers: { 'content-type': 'text/html' } }),
    ],
    ['unavailable', 'operation aborted', failing(new DOMException('x', 'AbortError'))],
    ['unavailable', 'operation timed out', failing(new DOMException('x', 'TimeoutError'))],
    ['unavailable', 'the request failed (EOTHER)', failing(Object.assign(new Error(), { code: 'EOTHER' }))],
  ] as const)('%s: %s', async (meaning, reason, fetch) => {
    expect(await readFailure(await thrownFor(fetch), requester)).toMatchObject({ meaning, reason })
  })
})

/** The `Date` of a provider whose clock is so many seconds behind this machine's. */
const dated = (behind: number, more: Record<string, string> = {}) => ({
  date: new Date(Date.now() - behind * 1_000).toUTCString(),
  ...more,
})

describe('an answer whose Date', () => {
  test.each([
    [
      'clocks differ',
      'is far behind',
      answer(500, { error: 'error' }, dated(612)),
      /is 61[123] s ahead of the provider's; up to 30 s are tolerated/,
    ],
    [
      'clocks differ',
      'is far ahead',
      answer(500, { error: 'error' }, dated(-612)),
      /is 61[123] s behind the provider's; up to 30 s are tolerated/,
    ],
    [
      'unavailable',
      'differs, from a proxy',
      answer(503, {}, dated(612)),
      /HTTP 503\. This machine's clock is 61[123] s ahead/,
    ],
    [
      'unavailable',
      'differs by less than is tolerated',
      answer(500, {}, dated(20)),
      /HTTP 500\. This machine's clock is (19|20|21) s ahead of the provider's$/,
    ],
    [
      'refused',
      'differs',
      answer(400, { error: 'invalid_grant' }, dated(612)),
      /HTTP 400, invalid_grant\. This machine's clock is 61[123] s ahead/,
    ],
    [
      'client refused',
      'differs',
      answer(401, { error: 'invalid_client' }, dated(-612)),
      /HTTP 401, invalid_client\. This machine's clock is 61[123] s behind/,
    ],
    ['unavailable', 'differs by what delays can explain', answer(500, {}, dated(8)), /^HTTP 500$/],
    [
      'unavailable',
      'is from a cache that says how old it is',
      answer(500, {}, dated(612, { age: '612' })),
      /^HTTP 500$/,
    ],
    ['unavailable', 'cannot be read', answer(500, {}, { date: 'noon' }), /^HTTP 500$/],
    ['unavailable', 'is missing', answer(500, {}), /^HTTP 500$/],
  ] as const)('%s: %s', async (meaning, _, fetch, reason) => {
    expect(await readFailure(await thrownFor(fetch), requester)).toMatchObject({
      meaning,
      reason: expect.stringMatching(reason),
    })
  })

  test('was read before says nothing of a request without an answer', async () => {
    const thrown = await thrownFor(failing(Object.assign(new Error(), { code: 'EOTHER' })))
    expect(await readFailure(thrown, requesterWith(612))).toMatchObject({
      meaning: 'unavailable',
      reason: 'the request failed (EOTHER)',
    })
  })
})

describe("the provider's words", () => {
  const said = async (fetch: client.CustomFetch, sent?: readonly string[]) =>
    await readFailure(
      await thrownFor(fetch),
      { ...requester, sentSecrets: () => ['the client secret'] },
      sent,
    )
  const words = { error: 'server_error', error_description: 'The disk is full.' }

  test.each([
    ['in an error response', answer(400, words)],
    ['beside a challenge', answer(401, words, basic)],
    ['with a status of 500', answer(500, words)],
    [
      'in a challenge',
      answer(
        401,
        {},
        { 'www-authenticate': 'Bearer error="server_error", error_description="The disk is full."' },
      ),
    ],
  ])('are kept: %s', async (_, fetch) => {
    const { reason, details } = await said(fetch)
    expect(details).toMatchObject({ error: 'server_error', description: 'The disk is full.' })
    expect(reason).toMatch(/^HTTP \d+, server_error, "The disk is full\."$/)
  })

  test('never repeat what was sent', async () => {
    const echo = 'Code 0123456789 of the client secret is used.'
    const fetch = answer(400, { error: 'the client secret', error_description: echo })
    const { reason, details } = await said(fetch, ['0123456789'])
    expect(details).toMatchObject({
      error: '[redacted]',
      description: 'Code [redacted] of [redacted] is used.',
    })
    expect(reason).not.toMatch(/0123456789|client secret/)
  })
})

describe('the cause', () => {
  test('is kept where its wording is known', async () => {
    const { details } = await readFailure(await thrownFor(answer(200, {})), requester)
    expect(details.cause).toMatchObject({ code: 'OAUTH_INVALID_RESPONSE' })
  })

  test.each([
    new Error('Bearer SECRET is no header value'),
    new TypeError('Bearer SECRET is no header value'),
  ])('is dropped where it may hold what was sent: %s', async error => {
    const { details, reason } = await readFailure(await thrownFor(failing(error)), requester)
    expect(details.cause).toBeUndefined()
    expect(reason).not.toContain('SECRET')
  })
})
