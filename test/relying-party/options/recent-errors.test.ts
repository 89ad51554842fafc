import { describe, expect, test } from 'vitest'
import { failureLog } from '../../../src/relying-party/options/failure-log.ts'
import { recentErrors } from '../../../src/relying-party/options/recent-errors.ts'
import { oidcErrorCodes, sentenceOf } from '../../../src/vocabulary/error-codes.ts'
import { OidcError } from '../../../src/vocabulary/errors.ts'

const away = (message: string): OidcError => new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE', { message })

describe('the last errors', () => {
  test('are counted by kind, the newest first, with the newest reference', () => {
    const recent = recentErrors()
    const repeated = away('No answer within 6 s.')
    for (const error of [away('No answer within 5 s.'), away('The disk is full.'), repeated])
      recent.ofBackground(error)
    expect(recent.list()).toMatchObject([
      { sentence: 'No answer within 6 s.', count: 2, reference: repeated.reference },
      { sentence: 'The disk is full.', count: 1 },
    ])
  })

  test('of requests have the fixed sentence of their code, because the message may be about a user', () => {
    const recent = recentErrors()
    recent.ofRequest(new OidcError('ERR_OIDC_LOGIN_REFUSED', { message: 'Zoe is blocked.' }))
    expect(recent.list()).toMatchObject([{ sentence: sentenceOf('ERR_OIDC_LOGIN_REFUSED') }])
  })

  test('of background work have their message, without what looks like a secret', () => {
    const recent = recentErrors()
    recent.ofBackground(away('No connection to redis://user:hunter22@cache.example.'))
    expect(recent.list()[0]?.sentence).toBe('No connection to [redacted]')
  })

  test('are twenty kinds at most, and the oldest go first', () => {
    const recent = recentErrors()
    expect(oidcErrorCodes.length).toBeGreaterThan(30)
    for (const code of oidcErrorCodes) recent.ofRequest(new OidcError(code))
    recent.ofRequest(new OidcError(oidcErrorCodes.at(-20) ?? 'ERR_OIDC_NOT_READY')) // the oldest, once more
    const codes = recent.list().map(({ code }) => code)
    expect(codes).toHaveLength(20)
    expect(codes.slice(0, 2)).toEqual([oidcErrorCodes.at(-20), oidcErrorCodes.at(-1)])
  })
})

test('the log of failures tells them all that it is told, and each error once', () => {
  const told: OidcError[] = []
  const log = failureLog(
    () => undefined,
    error => told.push(error),
  )
  const [one, other] = [away('One.'), new OidcError('ERR_OIDC_STATE_UNKNOWN')]
  log.report(one)
  log.report(one)
  log.count(other)
  log.flush()
  expect(told).toEqual([one, other])
})
