import { describe, expect, test } from 'vitest'
import type { Fetch } from '../../../src/protocol/requests/bounded-fetch.ts'
import { failureAt } from '../../support/providers/failed-request.ts'

/** What `fetch` throws for a cause. */
const failing = (cause: unknown): Fetch => {
  return () => Promise.reject(new TypeError('fetch failed', { cause }))
}
const coded = (code: unknown, message = 'hush') => Object.assign(new Error(message), { code })

describe('what cannot be provoked on loopback', () => {
  test.each([
    ['EAI_AGAIN', /^the host name could not be looked up; check that the DNS server/],
    ['EHOSTUNREACH', /^the host cannot be reached; check the route/],
    ['UND_ERR_CONNECT_TIMEOUT', /^no connection was made in time; .* firewall/],
    ['ETIMEDOUT', /^no connection was made in time; .* firewall/],
  ])('%s', async (code, sentence) => {
    const { reason } = await failureAt('https://op.example', failing(coded(code)))
    expect(reason).toMatch(sentence)
  })

  test.each([
    ['wrong version number', /^the port does not speak TLS/],
    [
      'tlsv13 alert certificate required',
      /^the server requires a client certificate that it trusts; set options\.fetch/,
    ],
    ['something new', /^the TLS handshake failed; check that the port serves https/],
  ])('EPROTO: %s', async (words, sentence) => {
    const message = `write EPROTO 4037B2F7:error:0A00010B:SSL routines:ssl3_get_record:${words}:../deps/record.c:354:`
    const { reason } = await failureAt('https://op.example', failing(coded('EPROTO', message)))
    expect(reason).toMatch(sentence)
  })
})

describe('an unknown error', () => {
  test.each([
    ['is told by its code', coded('ERR_SSL_NEW'), 'the request failed (ERR_SSL_NEW)'],
    ['without a code', new Error('hush'), 'the request failed, and the error has no code'],
    ['with a number', coded(20), 'the request failed, and the error has no code'],
    ['whose code may be the request', coded('Bearer hush'), 'the request failed, and the error has no code'],
    [
      'named like a member of every object',
      coded('constructor'),
      'the request failed, and the error has no code',
    ],
  ])('%s', async (_, cause, expected) => {
    const { reason, details } = await failureAt('https://op.example', failing(cause))
    expect(reason).toBe(expected)
    expect(details.cause).toBeUndefined()
  })
})
