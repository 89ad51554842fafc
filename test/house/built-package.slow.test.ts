import { expect, type TestContext, test } from 'vitest'
import { run } from '../../scripts/command.ts'
import { findNode, installNode } from '../../scripts/nodes.ts'
import { root } from '../../scripts/pack.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** What each door lets out, among other things. */
const doors = {
  'express-oidc-rp': [
    'OidcApi',
    'OidcError',
    'embeddedStore',
    'memoryStore',
    'relyingParty',
    'requireUser',
    'sealedStore',
  ],
  'express-oidc-rp/redis': ['redisStore'],
  'express-oidc-rp/postgres': ['postgresStore'],
  'express-oidc-rp/sqlite': ['sqliteStore'],
  'express-oidc-rp/opentelemetry': ['instrumentRelyingParty'],
  'express-oidc-rp/testing': ['signedIn', 'signedOut', 'storeContract', 'testProvider'],
}
const names = JSON.stringify(Object.keys(doors))
const BY_IMPORT = `Promise.all(${names}.map(name => import(name))).then(all => console.log(JSON.stringify(all.map(Object.keys))))`
const BY_REQUIRE = `console.log(JSON.stringify(${names}.map(name => Object.keys(require(name)))))`

/** A Node.js of a major. Without it, the test is skipped. */
async function nodeOf(major: number, context: TestContext): Promise<{ readonly path: string }> {
  const onPath = await findNode(major)
  if (!onPath && process.env['REQUIRE_SERVICES'] !== '1') context.skip(`Node.js ${major} is not on the PATH.`)
  return onPath ?? (await installNode(major, await temporaryDirectory()))
}

test.for([
  { how: 'required', major: 20, type: 'commonjs', code: BY_REQUIRE },
  { how: 'imported', major: 20, type: 'module', code: BY_IMPORT },
  { how: 'required', major: 24, type: 'commonjs', code: BY_REQUIRE },
  { how: 'imported', major: 24, type: 'module', code: BY_IMPORT },
])(
  'every door of the built package can be $how on Node.js $major',
  async ({ major, type, code }, context) => {
    const node = await nodeOf(major, context)
    const output = await run(node.path, [`--input-type=${type}`, '--eval', code], { cwd: root })
    const found: string[][] = JSON.parse(output)
    for (const [index, expected] of Object.values(doors).entries())
      expect(found[index]).toEqual(expect.arrayContaining(expected))
  },
)

test('sqliteStore says on a Node.js without node:sqlite which one has it', async context => {
  const node = await nodeOf(20, context)
  const code = `import('express-oidc-rp/sqlite').then(({ sqliteStore }) => sqliteStore('a')).catch(({ code, message }) => console.log(code, message))`
  const output = await run(node.path, ['--input-type=module', '--eval', code], { cwd: root })
  expect(output).toMatch(/^ERR_OIDC_INVALID_OPTION sqliteStore\(\): this Node\.js, v20\..+ since 22\.13\. /)
})
