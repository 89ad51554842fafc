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
    ['client show more', 'There is no command "client show more"'],
    ['client show --bogus', "Unknown option '--bogus'. See: express-oidc-rp client show --help"],
    ['client rotate --yes', "Unknown option '--yes'"],
    ['client show --config', "Option '--config <value>' argument missing"],
    ['client show --config=', '--config needs the name of a file'],
    ['doctor --json=yes', "Option '--json' does not take an argument"],
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

test('text from a provider cannot control the terminal', async ({ cli, provider }) => {
  provider.metadata.issuer = 'https://op.example/\u001b[2J\u0007'
  const { out } = await cli('doctor')
  expect(out).toContain('https://op.example/')
  for (const line of out.split('\n')) expect(line).not.toMatch(/\p{Cc}/u)
})
