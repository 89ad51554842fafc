import { expect, test } from 'vitest'
import { run } from '../../scripts/command.ts'
import { root } from '../../scripts/pack.ts'

const COUNT = 10_000

/** A process of its own, because everything that runs here is on the heap, too. */
const program = `
  import { hash } from 'node:crypto'
  import { memoryStore } from 'express-oidc-rp'
  const store = memoryStore()
  const keyOf = number => 'index:' + hash('sha256', String(number), 'base64url').slice(0, 22)
  const heap = () => { gc(); return process.memoryUsage().heapUsed }
  await store.set(keyOf(-1), 'over', { lifetime: 60 })
  const before = heap()
  for (let number = 0; number < ${COUNT}; number += 1) await store.set(keyOf(number), 'over', { lifetime: 60 })
  const bytes = heap() - before
  if (!(await store.get(keyOf(7)))) throw new Error('It keeps nothing.')
  console.log(bytes)`

test('a record in memory takes little more than its key and its value', async () => {
  const args = ['--expose-gc', '--input-type=module', '--eval', program]
  const bytes = await run(process.execPath, args, { cwd: root })
  expect(Number(bytes) / COUNT).toBeGreaterThan(30)
  expect(Number(bytes) / COUNT).toBeLessThan(180)
})
