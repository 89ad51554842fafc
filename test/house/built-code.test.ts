import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '../../scripts/command.ts'
import { root } from '../../scripts/pack.ts'

const printed = (program: string): Promise<string> =>
  run(process.execPath, ['--enable-source-maps', '--input-type=module', '--eval', program], { cwd: root })

const listImports = (imported: string): string => `
  import { registerHooks } from 'node:module'
  import 'express'
  import 'express-session'
  const files = []
  registerHooks({ load(url, context, next) { files.push(url); return next(url, context) } })
  const before = new Set(process.moduleLoadList)
  await import('${imported}')
  const modules = process.moduleLoadList.filter(name => !before.has(name))
  console.log(JSON.stringify({ modules, files }))`

interface Loaded {
  readonly modules: readonly string[]
  readonly files: readonly string[]
}

test('the import loads a few files, and nothing of Node.js that it does not use', async () => {
  const { modules, files } = JSON.parse(await printed(listImports('express-oidc-rp'))) as Loaded
  const own = files.filter(url => url.includes('/dist/') && !url.includes('/node_modules/'))
  expect(own.map(url => url.replace(/.*\/dist\//, '')).sort()).toEqual([
    'index.js',
    'shared/library.js',
    'shared/vocabulary.js',
  ])
  expect(files.length).toBeGreaterThan(own.length + 2) // openid-client and jose
  expect(files.length).toBeLessThan(60)
  expect(modules.length).toBeLessThan(6)
  expect(modules.join()).not.toMatch(/undici|readline|worker|fs\/promises|webcrypto/)

  const whole = JSON.parse(await printed(listImports('node:util'))) as Loaded
  expect(whole.modules.length).toBeGreaterThan(6) // the import of one module of Node.js in the usual way
})

test('the import formats nothing, because the data for that take 8 MB and 15 ms', async () => {
  const used = await printed(`
    const used = []
    const note = (target, name) => (used.push(name), target[name])
    globalThis.Intl = new Proxy(Intl, { get: note })
    await import('express-oidc-rp')
    console.log(JSON.stringify(used))`)
  expect(JSON.parse(used)).toEqual([])
})

test('a source map leads from the built code to the line in the repository', async () => {
  const stack = await printed(`
    import { requireClaims } from 'express-oidc-rp'
    try { requireClaims({}, 'no options') } catch (error) { console.log(error.stack) }`)
  const [, file = '', line = ''] = /(src\/[\w/-]+\.ts):(\d+)/.exec(stack) ?? []
  expect(file).toBe('src/middleware/guards/arguments.ts')
  const lines = (await readFile(join(root, file), 'utf8')).split('\n')
  expect(lines[Number(line) - 1]).toContain("new OidcError('ERR_OIDC_INVALID_OPTION'")
})
