import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { brokenRules, type SourceFile } from '../support/house/floors.ts'

const root = join(import.meta.dirname, '../..')

function readFiles(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => /\.[cm]?tsx?$/.test(name) && !name.includes('node_modules'))
    .map(name => `${folder}/${name.replaceAll('\\', '/')}`)
    .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

test('the source keeps the rules of the house', () => {
  const files = readFiles('src')
  expect(files.length).toBeGreaterThan(40)
  expect(brokenRules(files)).toEqual([])
})

test('no test or example is longer than 200 lines', () => {
  const long = [...readFiles('test'), ...readFiles('examples')].filter(
    ({ text }) => text.trimEnd().split('\n').length > 200,
  )
  expect(long.map(({ path }) => path)).toEqual([])
})

const brokenBy = (path: string, text: string): string[] => brokenRules([{ path, text }])

describe('a forbidden import is named', () => {
  test.each([
    ['src/vocabulary/a.ts', '../protocol/b.ts'],
    ['src/vocabulary/a.ts', 'jose'],
    ['src/stores/a.ts', '../protocol/b.ts'],
    ['src/stores/a.ts', '../relying-party/b.ts'],
    ['src/stores/a.ts', 'redis'],
    ['src/protocol/a.ts', '../stores/b.ts'],
    ['src/protocol/a.ts', 'express'],
    ['src/relying-party/a.ts', '../session/b.ts'],
    ['src/relying-party/a.ts', '../middleware/b.ts'],
    ['src/relying-party/a.ts', 'openid-client'],
    ['src/relying-party/a.ts', 'jose'],
    ['src/relying-party/a.ts', 'jose/errors'],
    ['src/protocol/a.ts', 'jose-other'],
    ['src/relying-party/a.ts', 'express'],
    ['src/relying-party/options.ts', 'express-session'],
    ['src/session/a.ts', '../middleware/b.ts'],
    ['src/session/a.ts', 'express'],
    ['src/middleware/a.ts', '../stores/b.ts'],
    ['src/middleware/a.ts', '../index.ts'],
    ['src/middleware/a.ts', 'express-session'],
    ['src/middleware/pages/a.ts', '../../index.ts'],
    ['src/middleware/pages/a.ts', 'openid-client'],
    ['src/index.ts', 'express'],
    ['src/testing/a.ts', '../middleware/b.ts'],
    ['src/cli/a.ts', 'openid-client'],
    ['src/cli/checks/a.ts', 'express'],
    ['src/index.ts', './cli/b.ts'],
    ['src/middleware/a.ts', '../cli/b.ts'],
    ['src/relying-party/a.ts', '../cli/b.ts'],
    ['src/index.ts', './testing.ts'],
    ['src/middleware/a.ts', '../testing.ts'],
    ['src/testing.ts', './middleware/a.ts'],
    ['src/index.ts', './opentelemetry.ts'],
    ['src/middleware/a.ts', '../opentelemetry/b.ts'],
    ['src/middleware/a.ts', '@opentelemetry/api'],
    ['src/opentelemetry.ts', './middleware/a.ts'],
    ['src/opentelemetry/a.ts', '../relying-party/b.ts'],
    ['src/opentelemetry/a.ts', '@opentelemetry/sdk-node'],
    ['src/elsewhere/a.ts', '../vocabulary/b.ts'],
    ['src/session/login/a.ts', '../tokens/b.ts'],
    ['src/session/browser/a.ts', '../login/b.ts'],
    ['src/protocol/provider/a.ts', '../registration/b.ts'],
    ['src/protocol/tokens/a.ts', '../sign-in/b.ts'],
    ['src/relying-party/options/a.ts', '../client/b.ts'],
    ['src/middleware/pages/a.ts', '../routes/b.ts'],
    ['src/middleware/guards/a.ts', '../routes/b.ts'],
    ['src/middleware/routes/a.ts', '../guards/b.ts'],
    ['src/cli/checks/a.ts', '../commands/b.ts'],
    ['src/session/a.ts', './attic/b.ts'],
    ['src/session/login/a.ts', '../attic/b.ts'],
  ])('in %s: %s', (path, name) => {
    const forms = [
      `import { a } from '${name}'`,
      `import type { A } from "${name}"`,
      `import a, {\n  type B,\n} from '${name}'`,
      `import * as a from '${name}'`,
      `import '${name}'`,
      `export { a } from '${name}'`,
      `export * from '${name}'`,
      `const a = await import('${name}')`,
      `type A = import('${name}').A`,
      `const a = \`\${await import('${name}')}\``,
    ]
    for (const form of forms) expect(brokenBy(path, form)).toContain(`${path} imports ${name}`)
  })
})

test.each([
  ['src/index.ts', "export { a } from './middleware/a.ts'"],
  ['src/testing.ts', "export { a } from './testing/a.ts'"],
  ['src/opentelemetry.ts', "export { a } from './opentelemetry/a.ts'"],
  ['src/opentelemetry/a.ts', "import { trace } from '@opentelemetry/api'\nimport '../vocabulary/a.ts'"],
  ['src/middleware/pages/a.ts', "import type { A } from '../../relying-party/a.ts'\nimport b from '../b.ts'"],
  ['src/middleware/a.ts', "import type { Request } from 'express'"],
  [
    'src/session/tokens/a.ts',
    "import { a } from '../login/b.ts'\nimport { c } from '../../stores/files/d.ts'",
  ],
  ['src/session/a.ts', "import { a } from './logout/b.ts'"],
  ['src/relying-party/options/hooks.ts', "import type { Request } from 'express'"],
  ['src/cli/checks/a.ts', "import { a } from '../../stores/b.ts'\nimport { c } from '../../index.ts'"],
  ['src/session/a.ts', "declare module 'express-session' {}\nreq.session"],
  ['src/protocol/a.ts', "import * as client from 'openid-client'\nconst client_id = 1"],
  ['src/protocol/a.ts', "import * as errors from 'jose/errors'"],
  ['src/vocabulary/a.ts', "import { channel } from 'node:diagnostics_channel'"],
  ['src/vocabulary/a.ts', "// import a from 'jose'\n/* from 'jose' */"],
  ['src/vocabulary/a.ts', "type Word = 'from' | 'jose' | 'import'"],
  ['src/vocabulary/a.ts', "const text = `import a from 'jose'`"],
  ['src/vocabulary/a.ts', 'const text = "import a from \'jose\'"'],
  ['src/vocabulary/a.ts', "const quote = /['\"]/ // from 'jose'"],
  ['src/vocabulary/a.ts', "const a = '// TODO' /* nothing */"],
  ['src/vocabulary/a.ts', "if (!a && b !== c) throw new Error('any access_token!')"],
  ['src/vocabulary/a.ts', 'AbortSignal.any([a])'],
  ['src/session/a.ts', "const names = ['refresh_token']"],
])('%s may say %j', (path, text) => {
  expect(brokenBy(path, text)).toEqual([])
})

test.each([
  ['src/protocol/a.ts', 'let a: any', 'says any'],
  ['src/protocol/a.ts', 'const a = b as any[]', 'says any'],
  ['src/protocol/a.ts', 'a.b!.c', 'says ! for what may be undefined'],
  ['src/protocol/a.ts', 'f(a)!', 'says ! for what may be undefined'],
  ['src/protocol/a.ts', '// @ts-ignore', 'silences the compiler'],
  ['src/protocol/a.ts', '/* @ts-expect-error: why */', 'silences the compiler'],
  ['src/protocol/a.ts', '// TODO: later', 'leaves something to do'],
  ['src/middleware/a.ts', 'const a = req.session', 'names req.session outside of session/'],
  ['src/middleware/a.ts', `const a = \`$\{(req as B).session}\``, 'names req.session outside of session/'],
  ['src/middleware/a.ts', 'const { client_id } = a', 'names client_id, a word of the wire'],
  ['src/cli/a.ts', 'tokens.refresh_token', 'names refresh_token, a word of the wire'],
  ['src/session/a.ts', 'tokens.refresh_token', 'names refresh_token, a word of the wire'],
  ['src/session/a.ts', "tokens['refresh_token']", 'names refresh_token, a word of the wire'],
  ['src/session/a.ts', "read(a)?.['refresh_token']", 'names refresh_token, a word of the wire'],
  ['src/session/a.ts', 'x\n'.repeat(201), 'has 201 lines, more than 200'],
])('%s may not say %j', (path, text, rule) => {
  expect(brokenBy(path, text)).toEqual([`${path} ${rule}`])
})

test('a circle of imports is named, one of types too', () => {
  const files = [
    { path: 'src/protocol/a.ts', text: "import { b } from './b.ts'" },
    { path: 'src/protocol/b.ts', text: "import type { C } from './c.ts'" },
    { path: 'src/protocol/c.ts', text: "export * from './a.ts'" },
    { path: 'src/protocol/d.ts', text: "import './a.ts'" },
  ]
  const circle =
    'src/protocol/a.ts -> src/protocol/b.ts -> src/protocol/c.ts -> src/protocol/a.ts is a circle'
  expect(brokenRules(files)).toEqual([circle])
})

test('a circle of wings through a file at the root of their floor is named', () => {
  const files = [
    { path: 'src/middleware/routes/a.ts', text: "import { b } from '../b.ts'" },
    { path: 'src/middleware/b.ts', text: "import { c } from './routes/c.ts'" },
    { path: 'src/middleware/routes/c.ts', text: '' },
  ]
  expect(brokenRules(files)).toEqual([
    'src/middleware/routes/ -> src/middleware/b.ts -> src/middleware/routes/ is a circle',
  ])
})
