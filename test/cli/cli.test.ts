import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../support/cli/cli.ts'

describe('the help', () => {
  test.for([
    ['--help', 'client rotate'],
    ['-h', 'doctor'],
    ['client --help', 'client delete'],
    ['client show --help', '--show-secrets'],
    ['client delete --help', '--yes'],
    ['doctor --help', '--json'],
    ['--help', 'new DIRECTORY'],
    ['new --help', 'Usage: express-oidc-rp new DIRECTORY [--example NAME] [--port PORT] [--json]'],
    ['new shop --help', 'cluster, guarded-api, hydra'],
  ])('of "%s" names %s', async ([argv, named], { cli }) => {
    const { code, out, err } = await cli(argv ?? '')
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(named)
    expect(out).toContain('Exit codes: 0')
  })
})

describe('wrong usage is reported, with exit code 2', () => {
  test.for([
    ['', 'Usage: express-oidc-rp <command>'],
    ['client', '"client" needs a subcommand'],
    ['clent show', 'There is no command "clent show"'],
    [
      'client show more',
      '"client show" takes only flags, not "more". See: express-oidc-rp client show --help',
    ],
    ['doctor https://op.example now', '"doctor" takes only flags, not "https://op.example" "now"'],
    ['doctor --confg oidc.mjs', "Unknown option '--confg'. See: express-oidc-rp doctor --help"],
    ['show client', 'There is no command "show client". The commands are: new, client show'],
    ['client show --bogus', "Unknown option '--bogus'. See: express-oidc-rp client show --help"],
    ['client rotate --yes', "Unknown option '--yes'"],
    ['client show --config', "Option '--config <value>' argument missing"],
    ['client show --config=', '--config needs the name of a file'],
    ['doctor --env-file', "Option '--env-file <value>' argument missing"],
    ['doctor --env-file=', '--env-file needs the name of a file'],
    ['doctor --json=yes', "Option '--json' does not take an argument"],
    ['new', '"new" needs one DIRECTORY. See: express-oidc-rp new --help'],
    ['new one two', '"new" needs one DIRECTORY, not "one" "two"'],
    ['new shop --exmple basic', "Unknown option '--exmple'. See: express-oidc-rp new --help"],
    ['new shop --example', "Option '--example <value>' argument missing"],
    ['new shop --config oidc.mjs', '"new" reads no options, so it takes neither --config nor --env-file'],
    ['new shop --yes', "Unknown option '--yes'"],
  ])('%j', async ([argv, sentence], { cli }) => {
    const { code, err } = await cli(argv ?? '')
    expect([code, err]).toEqual([2, expect.stringContaining(sentence ?? '')])
  })

  test('as JSON with --json', async ({ cli }) => {
    const { code, out, err } = await cli('client shw --json')
    expect([code, err]).toEqual([2, ''])
    expect(JSON.parse(out)).toEqual({
      error: { message: expect.stringContaining('There is no command "client shw"') },
    })
  })
})

test.for(['--version', '-v', 'doctor --version'])('"%s" prints the version', async (argv, { cli }) => {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(await cli(argv)).toEqual({ code: 0, out: version, err: '' })
})

describe('--env-file', () => {
  test('gives the options; the environment wins over the file, and a later file over an earlier one', async ({
    cli,
    folder,
    directory,
    provider,
  }) => {
    const first = `# the app\nISSUER_BASE_URL='${provider.issuer}'\nBASE_URL=http://localhost:4001\nOIDC_NAME=first`
    await writeFile(join(folder, '.env'), first)
    await writeFile(join(folder, '.env.local'), 'OIDC_NAME=second\nBASE_URL=http://localhost:4002')
    const environment = { OIDC_STORE: directory, BASE_URL: 'http://localhost:4003' }
    const { code, out } = await cli('client register --env-file .env --env-file .env.local --json', {
      environment,
    })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ issuer: provider.issuer, name: 'second' })
    expect([...provider.clients.values()]).toMatchObject([
      { redirect_uris: ['http://localhost:4003/callback'] },
    ])
  })

  test.for([
    ['missing.env', 'There is no file '],
    ['.', 'could not be read: EISDIR'],
  ] as const)('%s is named if it cannot be read', async ([file, sentence], { cli, folder }) => {
    const { code, err } = await cli(`client show --env-file ${file}`)
    expect([code, err]).toEqual([1, expect.stringContaining(sentence)])
    expect(err).toContain(resolve(folder, file))
    const ran = await cli(`doctor --env-file ${file}`)
    expect([ran.code, ran.out]).toEqual([1, expect.stringMatching(/^✗ options .*--env-file needs a file/m)])
  })
})

test('text from a provider cannot control the terminal', async ({ cli, provider }) => {
  provider.metadata.issuer = 'https://op.example/\u001b[2J\u0007'
  const { out } = await cli('doctor')
  expect(out).toContain('https://op.example/')
  for (const line of out.split('\n')) expect(line).not.toMatch(/\p{Cc}/u)
})
