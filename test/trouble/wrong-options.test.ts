import { describe, expect, test } from 'vitest'
import { OidcError, type RelyingPartyOptions, relyingParty } from '../../src/index.ts'
import { addRow } from '../support/trouble/row.ts'
import { enough, wrong } from '../support/trouble/wrong-options.ts'

describe('an app with wrong options does not start, and says which one to change', () => {
  test.for(wrong)('%s', ([what, options, sentence], { task }) => {
    const make = (): unknown =>
      relyingParty({ ...enough, start: 'first-use', ...options } as RelyingPartyOptions)
    const refusal = refusalOf(make)
    addRow(task, {
      wrong: what,
      saw: 'the app does not start',
      logged: [refusal.message],
      status: undefined,
      code: refusal.code,
    })
    expect(refusal.code).toBe('ERR_OIDC_INVALID_OPTION')
    expect(refusal.message.toLowerCase()).toContain(sentence.toLowerCase())
  })

  test('while the twin of all of them starts', () => {
    expect(relyingParty({ ...enough, start: 'first-use' }).status().state).toBe('starting')
  })
})

function refusalOf(make: () => unknown): OidcError {
  try {
    make()
  } catch (error) {
    if (error instanceof OidcError) return error
    throw error
  }
  throw new Error('The app starts.')
}
