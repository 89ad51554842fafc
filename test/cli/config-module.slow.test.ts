import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test as base, baseUrl } from '../support/cli/cli.ts'
import { type Ran, spawnCommand } from '../support/cli/command-line.ts'

/** A test that can write a module and run a command with it in a separate process, so that Node.js itself loads the module. */
const test = base
  .extend(
    'write',
    ({ folder }) =>
      (name: string, text: string) =>
        writeFile(join(folder, name), text),
  )
  .extend(
    'spawn',
    ({ folder, environment }) =>
      (argv: string, more: Readonly<Record<string, string | undefined>> = {}): Promise<Ran> => {
        return spawnCommand(argv.split(' '), { ...environment, ...more }, folder)
      },
  )

describe('a config module', () => {
  test.for([
    ['mjs', 'export default '],
    ['js', 'export const options = '],
    ['cjs', 'module.exports = '],
    ['cjs', 'exports.options = '],
    ['cjs', 'module.exports.default = '],
    ['ts', 'const given: object = { a: 1 }; void given; export default '],
    ['mts', 'export const options: Readonly<Record<string, unknown>> = '],
  ])('of the kind %s (%s) gives the options', async ([kind, head], { write, spawn, provider }) => {
    await write('package.json', '{"type":"module"}')
    await write(
      `oidc.${kind}`,
      `${head}{ issuer: '${provider.issuer}', baseUrl: '${baseUrl}', metadata: { client_name: 'by config' }, log: false }`,
    )
    const nothing = { ISSUER_BASE_URL: undefined, BASE_URL: undefined }
    const ran = await spawn(`client register --config oidc.${kind}`, nothing)
    expect(ran).toMatchObject({ code: 0, err: expect.stringContaining('("by config")') })
    expect(provider.clients.size).toBe(1)
  })

  test('leaves other options to the environment', async ({ write, spawn, provider }) => {
    await write('oidc.mjs', "export const options = { metadata: { client_name: 'half' } }")
    await spawn('client register --config oidc.mjs')
    expect([...provider.clients.values()]).toMatchObject([{ client_name: 'half' }])
  })

  test('sees the variables of --env-file', async ({ write, spawn, provider }) => {
    await write('shop.env', 'CLIENT_NAME="from the file"')
    await write('oidc.mjs', 'export default { metadata: { client_name: process.env.CLIENT_NAME } }')
    await spawn('client register --config oidc.mjs --env-file shop.env')
    expect([...provider.clients.values()]).toMatchObject([{ client_name: 'from the file' }])
  })

  test('is closed when the command ends, with success or not', async ({ write, spawn, provider }) => {
    const text = `const open = setInterval(() => undefined, 1000)
      export const options = {}
      export const close = async () => { clearInterval(open); console.error('closed') }`
    await write('oidc.mjs', text)
    const good = await spawn('client register --config oidc.mjs')
    await provider.stop()
    const bad = await spawn('client rotate --config oidc.mjs')
    expect([good, bad]).toMatchObject([
      { code: 0, err: expect.stringContaining('closed') },
      { code: 1, err: expect.stringContaining('closed') },
    ])
  })

  test('that leaves a connection open does not keep the process alive', async ({ write, spawn }) => {
    await write('oidc.mjs', 'setInterval(() => undefined, 1000)\nexport const options = {}')
    expect(await spawn('client register --config oidc.mjs')).toMatchObject({ code: 0 })
  })

  test('whose close() fails is reported, and nothing else changes', async ({ write, spawn }) => {
    await write(
      'oidc.mjs',
      "export const options = {}\nexport const close = () => { throw new Error('late') }",
    )
    const { code, err } = await spawn('client register --config oidc.mjs')
    expect([code, err]).toEqual([0, expect.stringContaining('close(): late')])
  })
})

describe('a broken config module', () => {
  test.for([
    ['that does not exist', undefined, /There is no file .*broken\.mjs/],
    ['with a syntax error', 'export default {', /broken\.mjs could not be loaded: Unexpected/],
    ['that throws', "throw new Error('no database')", /could not be loaded: no database\./],
    [
      'that throws something other than an Error',
      'throw 7',
      /could not be loaded: Something other than an Error was thrown/,
    ],
    ['without options', 'export const settings = {}', /must export the options of relyingParty\(\)/],
    ['that exports a function', 'export default () => ({})', /must export the options/],
    ['that imports a missing file', "import './nothing.mjs'", /could not be loaded: Cannot find module/],
    [
      'with an unknown option',
      'export default { isuer: 1 }',
      /options\.isuer is not an option\. Did you mean/,
    ],
    [
      'with a wrong option',
      "export default { issuer: 'http://op.example' }",
      /options\.issuer must use https/,
    ],
  ] as const)('%s is reported in one sentence', async ([, text, sentence], { write, spawn }) => {
    if (text !== undefined) await write('broken.mjs', text)
    const { code, out, err } = await spawn('client show --config broken.mjs')
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(sentence)
    expect(err).toMatch(/\(ERR_OIDC_INVALID_OPTION\)\n$/)
    expect(err).not.toMatch(/^ +at /m)
  })

  test('does not stop doctor from reporting it', async ({ write, spawn }) => {
    await write('broken.mjs', 'export default {')
    const { code, out, err } = await spawn('doctor --config broken.mjs')
    expect([code, err]).toEqual([1, ''])
    expect(out).toMatch(/^✗ options .*broken\.mjs could not be loaded/m)
    expect(out).toContain('→ Correct the file that the message names')
  })

  test('with a connection that fails in the background is reported in one sentence', async ({
    write,
    spawn,
  }) => {
    const text = `export const options = {}
      setImmediate(() => { throw new Error('redis://shop:hunter2@db is down') })
      await new Promise(resolve => setTimeout(resolve, 5000))`
    await write('broken.mjs', text)
    const { code, err } = await spawn('client show --config broken.mjs')
    expect([code, err]).toEqual([1, 'redis://…@db is down\n'])
  })

  test('that quotes a password in its error does not show it', async ({ write, spawn }) => {
    await write('broken.mjs', "throw new Error('cannot reach redis://shop:hunter2@db:6379\\n    at nowhere')")
    const first = await spawn('client show --config broken.mjs')
    expect(first.err).toContain('cannot reach redis://…@db:6379')
    await write('broken.mjs', "JSON.parse('hunter2')")
    const second = await spawn('client show --config broken.mjs')
    expect(second.err).toContain('invalid JSON')
    expect(first.err + second.err).not.toContain('hunter2')
  })
})

test('the environment is enough for a separate process', async ({ spawn, provider }) => {
  expect(await spawn('client register --json')).toMatchObject({ code: 0 })
  const shown = await spawn('client show')
  expect(shown).toMatchObject({ code: 0, err: '', out: expect.stringContaining(provider.issuer) })
  const asked = await spawn('client delete')
  expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('--yes')])
  expect(await spawn('client delete --yes')).toMatchObject({ code: 0 })
  expect(provider.clients.size).toBe(0)
  expect(await spawn('clent')).toMatchObject({ code: 2, out: '' })
})

test('a missing --env-file is named, by this command or by Node.js itself, which looks for it first', async ({
  spawn,
}) => {
  const { code, out, err } = await spawn('client show --env-file missing.env')
  expect([code === 0, out]).toEqual([false, ''])
  expect(err).toContain('missing.env')
})
