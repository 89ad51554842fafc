import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { packageFolder } from '../../../src/cli/package-folder.ts'
import { starters } from '../../../src/cli/starter.ts'
import { test } from '../../support/cli/cli.ts'
import { spawnCommand } from '../../support/cli/command-line.ts'

const read = (...path: string[]): Promise<string> => readFile(join(...path), 'utf8')

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile())
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort()
}

function trackedFiles(example: string): string[] {
  const folder = join(packageFolder, 'examples', example)
  return execFileSync('git', ['ls-files'], { cwd: folder, encoding: 'utf8' }).trim().split('\n').sort()
}

describe('new', () => {
  test.for(starters)(
    'copies every file of %s, and changes its name and its port',
    async (example, { cli, folder }) => {
      const { code, out, err } = await cli(`new my-app --example ${example} --port 4100`)
      expect([code, err]).toEqual([0, ''])
      const copy = join(folder, 'my-app')
      expect(await filesIn(copy)).toEqual(trackedFiles(example))
      const { name, scripts } = JSON.parse(await read(copy, 'package.json'))
      expect(name).toBe('my-app')
      const start = scripts.dev ? 'npm run dev' : 'npm start'
      expect(out.split('\n')).toEqual([
        `Created my-app from the example ${example}, in ${copy}. Next:`,
        '  cd my-app && npm install',
        `  ${start}`,
      ])
      for (const path of await filesIn(copy)) expect(await read(copy, path), path).not.toMatch(/\b300\d\b/)
      expect(await read(copy, 'README.md')).toMatch(/http:\/\/(localhost|127\.0\.0\.1):4100/)
      expect(await read(copy, '.gitignore')).toBe(
        await read(packageFolder, 'examples', example, '.gitignore'),
      )
    },
  )

  test('copies basic, with its port, unless told otherwise', async ({ cli, folder }) => {
    const { out } = await cli('new shop --json')
    expect(JSON.parse(out)).toEqual({
      directory: join(folder, 'shop'),
      name: 'shop',
      example: 'basic',
      port: 3_000,
      next: ['cd shop && npm install', 'npm run dev'],
    })
    expect(await read(folder, 'shop/dev.ts')).toBe(await read(packageFolder, 'examples/basic/dev.ts'))
  })

  test('moves the other ports of an example with the first', async ({ cli, folder }) => {
    await cli('new shop --example hydra --port 5000')
    expect(await read(folder, 'shop/compose.yaml')).toContain('URLS_LOGIN: http://127.0.0.1:5001/login')
    expect(await read(folder, 'shop/login-consent/server.ts')).toContain("LOGIN_CONSENT_PORT = '5001'")
  })

  test('uses a folder that is empty, apart from .git, and keeps it', async ({ cli, folder }) => {
    await mkdir(join(folder, 'shop', '.git'), { recursive: true })
    const { ino } = await stat(join(folder, 'shop'))
    const { code, out } = await cli('new .', { directory: join(folder, 'shop') })
    expect([code, out.split('\n').slice(1)]).toEqual([0, ['  npm install', '  npm run dev']])
    expect((await stat(join(folder, 'shop'))).ino).toBe(ino)
    expect(await readdir(join(folder, 'shop'))).toEqual(expect.arrayContaining(['.git', 'package.json']))
  })

  test('makes the folders above', async ({ cli, folder }) => {
    const { out } = await cli('new apps/web/shop')
    expect(out).toContain('  cd apps/web/shop && npm install')
    expect(await readdir(join(folder, 'apps/web'))).toEqual(['shop'])
  })

  test.runIf(process.platform !== 'win32').for(['$(touch ran)', '~', "it's", 'my apps', String.raw`a\b`])(
    'says how to get to a folder below %s, in words that a shell takes as they are',
    async (above, { folder }) => {
      const { next } = JSON.parse((await spawnCommand(['new', `${above}/shop`, '--json'], {}, folder)).out)
      const [cd = ''] = next[0].split(' && ')
      const there = execFileSync('sh', ['-c', `${cd} && pwd`], { cwd: folder, encoding: 'utf8' })
      expect(there.trim()).toBe(join(folder, above, 'shop'))
      expect(await readdir(folder)).toEqual([above])
    },
  )

  test('gives the folder to only one of two that want it', async ({ cli, folder }) => {
    const ran = await Promise.all([cli('new shop'), cli('new shop --example javascript')])
    expect(ran.filter(({ code }) => code === 0)).toHaveLength(1)
    const { name } = JSON.parse(await read(folder, 'shop/package.json'))
    expect([name, await readdir(folder)]).toEqual(['shop', ['shop']])
  })
})

test.for([
  ['basic', /^This Node\.js \(v.*\) does not run TypeScript\. The app needs Node\.js >=22\.18\.0;/],
  ['javascript', /^$/],
] as const)('new says if %s does not run on this Node.js', async ([example, said], { folder }) => {
  const environment = { NODE_OPTIONS: '--no-strip-types' } // what older ones are like
  const { code, err } = await spawnCommand(['new', 'shop', '--example', example], environment, folder)
  expect([code, err.trim()]).toEqual([0, expect.stringMatching(said)])
})

describe('new refuses, and creates nothing:', () => {
  test.for([
    ['shop --example basics', 'there is none with the name "basics". Use one of: basic, cluster, '],
    ['shop --example=', 'there is none with the name "". Use one of: basic'],
    ['shop --example ../test', 'there is none with the name "../test"'],
    ['shop --port 0', '--port must be a whole number from 1 to 65000, not "0"'],
    ['shop --port 65001', '--port must be a whole number from 1 to 65000'],
    ['shop --port 3000a', '--port must be a whole number from 1 to 65000, not "3000a"'],
    ['shop --port=', '--port must be a whole number from 1 to 65000, not ""'],
    ['Shop', '"Shop" is not one: only lower-case letters'],
    ['Shop!App', 'Use a name such as shop-app.'],
    ['.shop', 'Use a name such as shop.'],
    ['_', 'Use a name such as my-app.'],
    ['node_modules', 'DIRECTORY must end in a name that npm accepts'],
    ['a'.repeat(215), 'at most 214 characters'],
  ])('%j', async ([argv, sentence], { cli, folder }) => {
    const { code, out, err } = await cli(`new ${argv}`)
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(sentence ?? '')])
    expect(await readdir(folder)).toEqual([])
  })

  test('a folder that contains something', async ({ cli, folder }) => {
    await mkdir(join(folder, 'shop'))
    await writeFile(join(folder, 'shop/.env'), 'A=1')
    const one = await cli('new shop')
    expect([one.code, one.err]).toEqual([
      2,
      expect.stringMatching(/new or empty, and .*shop contains "\.env"/),
    ])
    await writeFile(join(folder, 'shop/app.js'), '')
    expect((await cli('new shop')).err).toContain('contains 2 entries, such as ".env"')
    expect(await filesIn(join(folder, 'shop'))).toEqual(['.env', 'app.js'])
  })

  test('a file', async ({ cli, folder }) => {
    await writeFile(join(folder, 'shop'), 'text')
    const { code, err } = await cli('new shop')
    expect([code, err]).toEqual([2, expect.stringContaining('DIRECTORY must be a folder that can be read')])
    expect(await read(folder, 'shop')).toBe('text')
  })
})

test('new refuses a link to nothing, and keeps it', async ({ cli, folder }) => {
  await symlink('nowhere', join(folder, 'shop'))
  const { code, err } = await cli('new shop')
  expect([code, err]).toEqual([2, expect.stringContaining('DIRECTORY must be a folder that can be read')])
  expect(await readdir(folder)).toEqual(['shop'])
})

test('the package has every example that `new` can copy', () => {
  expect(manifest.files.filter(name => /^examples\//.test(name))).toEqual(
    starters.map(name => `examples/${name}`),
  )
})
