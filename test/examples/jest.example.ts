import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { run } from '../../scripts/command.ts'
import { filesOf } from '../support/recipes/recipe.ts'

const code = filesOf('docs/recipes/test-runners.md').get('app.test.js') ?? ''
const env = {
  ...process.env,
  NODE_ENV: undefined,
  NODE_OPTIONS: '--experimental-vm-modules',
  PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
}
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oidc-jest-'))
  const manifest = { private: true, type: 'module', jest: { transform: {} } }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  const packages = [
    'jest@^30',
    'supertest',
    'oidc-provider@^9',
    'express',
    'express-session',
    inject('tarball'),
  ]
  const flags = ['--prefer-offline', '--no-audit', '--no-fund']
  await run('npm', ['install', ...flags, ...packages], {
    cwd: folder,
    env: { ...env, NODE_OPTIONS: undefined },
  })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs jest on a test file, and returns what it printed, whether it passed or not. */
async function runJest(file: string, text: string): Promise<string> {
  await writeFile(join(folder, file), text)
  const jest = [join('node_modules', 'jest', 'bin', 'jest.js'), file]
  const command = `"${process.execPath}" ${jest.join(' ')} 2>&1 || true`
  return run('sh', ['-c', command], { cwd: folder, env })
}

test('jest runs the file of the recipe, and ends', async () => {
  const said = await runJest('app.test.js', code)
  expect(said).toMatch(/^Tests: +2 passed, 2 total$/m)
  expect(said).not.toContain('did not exit')
})

test('jest finds a guard that is missing', async () => {
  const said = await runJest('missing.test.js', code.replace("requireRoles('admin'), ", ''))
  expect(said).toContain('expected 403 "Forbidden", got 200 "OK"')
})
