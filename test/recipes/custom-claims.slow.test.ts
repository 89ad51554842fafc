import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { Browser, type Page } from '../support/browser.ts'
import { codeOf, test } from '../support/flow.ts'
import { type RunningRecipe, saveFiles, startRecipe } from '../support/recipes/recipe.ts'

const page = 'docs/recipes/custom-claims.md'
const plan = 'https://app.example/plan'

async function visit(app: RunningRecipe, path = '/'): Promise<Page> {
  const browser = new Browser()
  await browser.open(`${app.url}/login`)
  return browser.open(app.url + path)
}

test('reads the claims that it declares', async ({ provider }) => {
  const app = await startRecipe(page, { issuer: provider.issuer })
  provider.user = { sub: 'user-1', department: 'sales', [plan]: 'team' }
  expect((await visit(app)).text).toBe('SALES, team')
  expect((await visit(app, '/sales')).status).toBe(200)
  expect((await visit(app, '/east')).status).toBe(403)
  provider.user = { sub: 'user-2', department: 'sales-east' }
  expect((await visit(app)).text).toBe('SALES-EAST, free')
  expect((await visit(app, '/sales')).status).toBe(403)
  expect((await visit(app, '/east')).status).toBe(200)
  provider.user = { sub: 'user-3' }
  expect((await visit(app)).text).toBe('NO DEPARTMENT, free')
})

test.for([
  ['a department that is no text', { department: ['sales'] }],
  ['another plan', { department: 'sales', [plan]: 'gold' }],
] as const)('signs nobody in with %s', async ([, claims], { provider, browser }) => {
  const app = await startRecipe(page, { issuer: provider.issuer })
  provider.user = { sub: 'user-1', ...claims }
  const refused = await browser.open(`${app.url}/login`)
  expect([refused.status, codeOf(refused)]).toEqual([403, 'ERR_OIDC_LOGIN_REFUSED'])
  provider.user = { sub: 'user-1', department: 'sales' }
  expect((await visit(app)).status).toBe(200)
})

test('would fail in its handlers without acceptLogin', async ({ provider }) => {
  const app = await startRecipe(page, { issuer: provider.issuer }, code =>
    code.replace('{ acceptLogin: ({ user }) => hasOwnClaims(user) }', ''),
  )
  provider.user = { sub: 'user-1', department: ['sales'] }
  expect((await visit(app)).status).toBe(500)
})

/** What a strict compiler says against the app. */
async function compile(change?: (code: string) => string): Promise<string> {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const options = [
    '--strict',
    '--noEmit',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--types',
    'node',
  ]
  const cwd = await saveFiles(page, change)
  return new Promise(resolve => {
    execFile(process.execPath, [compiler, ...options, 'app.ts'], { cwd }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    )
  })
}

test('compiles with the declaration', async () => {
  expect(await compile()).toBe('')
})

test.for([
  ['without the declaration', /declare global \{[\s\S]*?^\}/m, ''],
  ['without declare global around it', /declare global \{([\s\S]*?)^\}/m, '$1'],
] as const)('does not compile %s', async ([, declaration, instead]) => {
  const said = await compile(code => code.replace(declaration, instead))
  expect(said).toContain("'department' is of type 'unknown'")
})
