import { inspect } from 'node:util'
import * as client from 'openid-client'
import { expect } from 'vitest'
import { asCustomFetch, boundFetch, type Fetch } from '../../../src/protocol/requests/bounded-fetch.ts'
import { readFailure } from '../../../src/protocol/requests/provider-error.ts'

/** A token request of `openid-client` over a real connection, or over a fetch that fails. */
export async function failureAt(origin: string, fetch: Fetch = globalThis.fetch as Fetch) {
  const metadata = { issuer: origin, token_endpoint: `${origin}/token` }
  const configuration = new client.Configuration(
    metadata,
    'shop',
    undefined,
    client.ClientSecretPost('hush-secret'),
  )
  client.allowInsecureRequests(configuration)
  configuration[client.customFetch] = asCustomFetch(boundFetch(fetch))
  const thrown: unknown = await client
    .genericGrantRequest(configuration, 'authorization_code', { code: 'hush-code' })
    .then(
      () => expect.unreachable('the request succeeded'),
      error => error,
    )
  return readFailure(thrown)
}

type Failure = Awaited<ReturnType<typeof failureAt>>

/** The reason says what is wrong and what to do, and nothing that was sent is anywhere in the failure. */
export function expectExplained({ meaning, reason, details }: Failure, sentence: RegExp): void {
  expect(meaning).toBe('unavailable')
  expect(reason).toMatch(sentence)
  expect(reason).not.toMatch(/Error\b|\bcode\b/)
  expect(inspect({ reason, details }, { depth: 9, showHidden: true })).not.toContain('hush')
}
