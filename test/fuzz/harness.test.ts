import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fuzz, type Property } from '../support/fuzz/property.ts'

const sound: Property<number> = {
  inputs: fc.nat(9),
  twins: [0],
  runs: 50,
  attempt: input => (input < 5 ? 'accepted' : 'refused'),
}

test('a sound property holds', async () => {
  await expect(fuzz('sound', sound)).resolves.toBeUndefined()
})

test.for<readonly [string, Partial<Property<number>>]>([
  ['tries no input', { runs: 0 }],
  ['refuses everything', { attempt: () => 'refused' }],
  ['refuses nothing', { attempt: () => 'accepted' }],
  [
    'throws at an input',
    {
      attempt(input) {
        if (input === 7) throw new Error('seven')
        return 'accepted'
      },
    },
  ],
  [
    'rejects at an input',
    { attempt: async input => (input === 7 ? Promise.reject(new Error('seven')) : 'refused') },
  ],
])('one that %s fails', async ([, fault]) => {
  await expect(fuzz('unsound', { ...sound, ...fault })).rejects.toThrow()
})
