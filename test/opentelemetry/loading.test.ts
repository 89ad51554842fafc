import { cp, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '../../scripts/command.ts'
import { root } from '../../scripts/pack.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const evaluate = (code: string, cwd: string): Promise<string> =>
  run(process.execPath, ['--input-type=module', '--eval', code], { cwd })

const listFiles = (door: string): string => `
  import { registerHooks } from 'node:module'
  const files = []
  registerHooks({ load(url, context, next) { files.push(url); return next(url, context) } })
  await import('${door}')
  console.log(JSON.stringify(files))`

const isOfOpenTelemetry = (file: string): boolean => /opentelemetry/.test(file.replace(root, ''))

test.each(['', '/redis', '/postgres', '/testing'])(
  'express-oidc-rp%s loads nothing of OpenTelemetry',
  async door => {
    const files: string[] = JSON.parse(await evaluate(listFiles(`express-oidc-rp${door}`), root))
    expect(files.length).toBeGreaterThan(0)
    expect(files.filter(isOfOpenTelemetry)).toEqual([])
  },
)

test('express-oidc-rp/opentelemetry loads its API, and of the library only the vocabulary', async () => {
  const files: string[] = JSON.parse(await evaluate(listFiles('express-oidc-rp/opentelemetry'), root))
  expect(files.filter(file => file.includes('/@opentelemetry/api/')).length).toBeGreaterThan(0)
  const others = files.filter(file => !file.includes('/@opentelemetry/'))
  expect(others.map(file => file.replace(/.*\/dist\//, ''))).toEqual([
    'opentelemetry.js',
    'shared/vocabulary.js',
  ])
})

test('without the API, the import fails and names the package', async () => {
  const folder = await temporaryDirectory()
  const library = join(folder, 'node_modules/express-oidc-rp')
  await mkdir(join(folder, 'node_modules/@opentelemetry'), { recursive: true })
  for (const name of ['dist', 'package.json'])
    await cp(join(root, name), join(library, name), { recursive: true })
  const attempt = `
    await import('express-oidc-rp/opentelemetry').then(
      ({ instrumentRelyingParty }) => console.log(typeof instrumentRelyingParty),
      error => console.log(error.code, error.message.replace(/ imported from .*/, '')),
    )`
  expect(await evaluate(attempt, folder)).toBe(
    "ERR_MODULE_NOT_FOUND Cannot find package '@opentelemetry/api'\n",
  )
  await symlink(
    join(root, 'node_modules/@opentelemetry/api'),
    join(folder, 'node_modules/@opentelemetry/api'),
  )
  expect(await evaluate(attempt, folder)).toBe('function\n')
})
