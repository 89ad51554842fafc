import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { readDocument, snippetsOf } from '../../support/house/documents.ts'

const root = join(import.meta.dirname, '../../..')
/** Here imports find the packages of the repository. */
const folder = join(root, 'node_modules/.cache/express-oidc-rp-testing')

test('the examples of docs/testing.md pass as they stand', async () => {
  const examples = snippetsOf('testing', readDocument('docs/testing.md')).filter(({ code }) =>
    /^ *test\(/m.test(code),
  )
  expect(examples).toHaveLength(3)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const alias = {
    'express-oidc-rp/testing': join(root, 'src/testing.ts'),
    'express-oidc-rp': join(root, 'src/index.ts'),
  }
  const config = { resolve: { alias }, test: { include: ['*.test.ts'], root: folder } }
  await writeFile(join(folder, 'vitest.config.ts'), `export default ${JSON.stringify(config)}`)
  for (const { name, code } of examples) await writeFile(join(folder, `${name}.test.ts`), code)
  const said = await runTests()
  expect(said).toContain('3 passed (3)')
  expect(said).toContain('9 passed (9)')
})

function runTests(): Promise<string> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const args = [vitest, 'run', '--root', folder]
  return new Promise(resolve => {
    const env = { PATH: process.env['PATH'], NO_COLOR: '1' }
    execFile(process.execPath, args, { cwd: folder, env }, (_, stdout, stderr) => resolve(stdout + stderr))
  })
}
