import { expect, test } from 'vitest'
import { hasVot } from '../../../src/protocol/sign-in/step-up.ts'

test.each([
  ['Cl.Cm', ['Cl.Cm'], true],
  ['Cl.Cm', ['Cm.Cl'], true],
  ['P9.Cp.Cd', ['P9.Ck', 'P9.Cp'], true],
  ['Cl', ['Cl.Cm'], false],
  ['P9.Cp', ['P9.Cp.Cd', 'P9.Cm'], false],
  ['Clx.Cm', ['Cl.Cm'], false],
  ['cl.cm', ['Cl.Cm'], false],
  ['', ['Cl'], false],
  [undefined, ['Cl'], false],
  [['Cl'], ['Cl'], false],
])('the vector %j has one of %j: %j', (vot, vectors, expected) => {
  expect(hasVot({ vot } as never, vectors)).toBe(expected)
})
