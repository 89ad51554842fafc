import { expect, test } from 'vitest'
import { joinParameters } from '../../../src/protocol/sign-in/step-up.ts'

test.each([
  [{}, {}, {}],
  [{ max_age: '60' }, {}, { max_age: '60' }],
  [{}, { max_age: '60' }, { max_age: '60' }],
  [{ max_age: '60' }, { max_age: '300' }, { max_age: '60' }],
  [{ max_age: '300' }, { max_age: '60' }, { max_age: '60' }],
  [{ max_age: '60' }, { max_age: '0' }, { max_age: '0' }],
  [{ acr_values: 'a', ui_locales: 'de' }, { acr_values: 'b' }, { acr_values: 'b', ui_locales: 'de' }],
])('the parameters %j of every sign-in and %j of one are %j', (usual, more, joined) => {
  expect(joinParameters(usual, more)).toEqual(joined)
})
