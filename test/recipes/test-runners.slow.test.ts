import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { saveFiles } from '../support/recipes/recipe.ts'

const page = 'docs/recipes/test-runners.md'

interface Ended {
  readonly code: unknown
  readonly output: string
}

/** Runs `node --test` as a reader does. */
async function runTests(folder: string): Promise<Ended> {
  const env = { PATH: process.env['PATH'] }
  return new Promise(resolve => {
    execFile(process.execPath, ['--test', 'app.test.ts'], { cwd: folder, env }, (error, out, err) =>
      resolve({ code: error?.code ?? 0, output: out + err }),
    )
  })
}

test('node --test runs the file of the page', async () => {
  const { code, output } = await runTests(await saveFiles(page))
  expect([code, output]).toEqual([0, expect.stringMatching(/tests 2[\s\S]*pass 2[\s\S]*fail 0/)])
})

test('node --test finds a guard that is missing', async () => {
  const folder = await saveFiles(page, code => code.replace("requireRoles('admin'), ", ''))
  const { code, output } = await runTests(folder)
  expect([code, output]).toEqual([1, expect.stringContaining('expected 403 "Forbidden", got 200 "OK"')])
})

test('node --test ends although nothing is closed, and leaves no folder behind', async () => {
  const folder = await saveFiles(page, code => code.replace(/await \w+\.close\(\)/g, ''))
  expect(await runTests(folder)).toMatchObject({ code: 0 })
  expect(readdirSync(folder)).not.toContain('.oidc')
})

test('node --test leaves a folder behind without memoryStore()', async () => {
  const folder = await saveFiles(page, code => code.replace('store: memoryStore(), ', ''))
  expect(await runTests(folder)).toMatchObject({ code: 0 })
  expect(readdirSync(folder)).toContain('.oidc')
})
