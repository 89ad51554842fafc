import { expect, test } from 'vitest'
import { run } from '../scripts/command.ts'
import { findNode } from '../scripts/nodes.ts'
import { root } from '../scripts/pack.ts'

const EXPORTS = ['OidcError', 'embeddedStore', 'memoryStore', 'relyingParty', 'requireUser']
const BY_IMPORT =
  "import * as library from 'express-oidc-rp'; console.log(JSON.stringify(Object.keys(library)))"
const BY_REQUIRE = "console.log(JSON.stringify(Object.keys(require('express-oidc-rp'))))"

test.for([
  { how: 'required', major: 20, type: 'commonjs', code: BY_REQUIRE },
  { how: 'imported', major: 20, type: 'module', code: BY_IMPORT },
  { how: 'required', major: 24, type: 'commonjs', code: BY_REQUIRE },
  { how: 'imported', major: 24, type: 'module', code: BY_IMPORT },
])('the built package can be $how on Node.js $major', async ({ major, type, code }, context) => {
  const node = await findNode(major)
  if (!node && process.env['REQUIRE_SERVICES'] !== '1')
    return context.skip(`Node.js ${major} is not on the PATH.`)
  expect(node, `Node.js ${major} is not on the PATH.`).toBeDefined()
  const output = await run(node?.path ?? '', [`--input-type=${type}`, '--eval', code], { cwd: root })
  expect(JSON.parse(output)).toEqual(expect.arrayContaining(EXPORTS))
})
