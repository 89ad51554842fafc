import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, expect } from 'vitest'
import { doctor } from '../../src/cli/commands/doctor.ts'
import { embeddedStore, type RelyingPartyOptions } from '../../src/index.ts'
import { buildSettings } from '../../src/relying-party/options/settings.ts'
import type { TestAppOptions } from '../support/app.ts'
import { Browser } from '../support/browser.ts'
import { test as base } from '../support/cli/cli.ts'
import type { Ran } from '../support/cli/command-line.ts'
import { html, json, type ScriptedProvider, status } from '../support/scripted-provider.ts'
import { doctorRow } from '../support/trouble/doctor-row.ts'
import { addRow } from '../support/trouble/row.ts'
import { enough, wrong } from '../support/trouble/wrong-options.ts'

/** Runs `doctor` with options that a config module would export. */
async function examine(options: object): Promise<Ran> {
  const terminal = { environment: {}, directory: '/', out: () => undefined, err: () => undefined }
  const settings = async () => buildSettings(options as RelyingPartyOptions, {})
  const { ok, data, lines } = await doctor.run({ settings, flags: new Map(), argument: undefined, terminal })
  expect(lines.join('\n')).not.toMatch(/All \d+ checks passed/)
  return { code: ok ? 0 : 1, out: JSON.stringify(data), err: '' }
}

const failuresOf = ({ out }: Ran): string[] =>
  JSON.parse(out)
    .checks.filter(({ state }: { state: string }) => state === 'failed')
    .map(({ check }: { check: string }) => check)

describe('doctor names the option with which an app does not start', () => {
  base.for(wrong)('%s', async ([what, options, sentence], { task }) => {
    const ran = await examine({ ...enough, ...options })
    addRow(task, doctorRow(`doctor: ${what}`, ran))
    expect([ran.code, failuresOf(ran)]).toEqual([1, ['options']])
    expect(ran.out.toLowerCase()).toContain(JSON.stringify(sentence).slice(1, -1).toLowerCase())
  })
})

interface Broken {
  readonly wrong: string
  readonly breaks: (provider: ScriptedProvider, directory: string) => unknown
  readonly options?: RelyingPartyOptions
  readonly app?: TestAppOptions
  /** The check that must fail. */
  readonly check: string
}

const metadata = (members: object) => (provider: ScriptedProvider) =>
  void Object.assign(provider.metadata, members)
const nothing = (): void => undefined
const byHand = { clientId: 'by-hand', clientSecret: 'the secret of a client made by hand' }

const broken: readonly Broken[] = [
  {
    wrong: 'a web page instead of a configuration',
    breaks: provider => provider.answer('discovery', html()),
    check: 'discovery',
  },
  {
    wrong: 'a provider that answers 503',
    breaks: provider => provider.answer('discovery', status(503)),
    check: 'discovery',
  },
  {
    wrong: 'another issuer in the configuration',
    breaks: metadata({ issuer: 'https://other.example' }),
    check: 'discovery',
  },
  { wrong: 'no token_endpoint', breaks: metadata({ token_endpoint: undefined }), check: 'discovery' },
  {
    wrong: 'an http endpoint',
    breaks: metadata({ token_endpoint: 'http://op.example/token' }),
    check: 'discovery',
  },
  {
    wrong: 'PKCE without S256',
    breaks: metadata({ code_challenge_methods_supported: ['plain'] }),
    check: 'discovery',
  },
  {
    wrong: 'only signatures with shared secrets',
    breaks: metadata({ id_token_signing_alg_values_supported: ['HS256'] }),
    check: 'discovery',
  },
  {
    wrong: 'required pushed requests without their endpoint',
    breaks: metadata({ require_pushed_authorization_requests: true }),
    check: 'discovery',
  },
  {
    wrong: 'a provider without keys',
    breaks: provider => provider.answer('jwks', json({ keys: [] })),
    check: 'endpoints',
  },
  {
    wrong: 'an authorization endpoint that fails',
    breaks: provider => provider.answer('authorize', status(502)),
    check: 'endpoints',
  },
  {
    wrong: 'a UserInfo endpoint where nothing is',
    breaks: provider => provider.answer('userinfo', status(404)),
    check: 'endpoints',
  },
  {
    wrong: 'a token endpoint that fails',
    breaks: provider => provider.answer('token', status(503)),
    check: 'endpoints',
  },
  {
    wrong: 'a registration endpoint where nothing is',
    breaks: metadata({ registration_endpoint: 'http://localhost:1/register' }),
    check: 'registration',
  },
  {
    wrong: 'a client made by hand that the provider does not know',
    breaks: nothing,
    options: { client: byHand },
    check: 'client',
  },
  {
    wrong: 'a client made by hand with another redirect URI',
    breaks: ({ clients }) =>
      clients.set('by-hand', {
        client_id: 'by-hand',
        client_secret: byHand.clientSecret,
        redirect_uris: ['https://a.example/'],
      }),
    options: { client: byHand },
    check: 'addresses',
  },
  {
    wrong: 'a folder for the record that is a file',
    breaks: (_provider, directory) => writeFile(directory, ''),
    check: 'store',
  },
  { wrong: 'no express-session', breaks: nothing, app: { session: false }, check: 'app' },
  {
    wrong: 'relyingParty() mounted behind a catch-all',
    breaks: nothing,
    app: { before: app => app.use((_req, res) => void res.status(404).send('not found')) },
    check: 'host',
  },
]

describe('doctor finds what keeps users of a running app from signing in', () => {
  base.for(broken)('$wrong', async (row, { task, provider, start, directory, folder }) => {
    expect(folder).toBe(dirname(directory))
    await row.breaks(provider, directory)
    const options = { providerTimeout: 0.2, ...row.options }
    const app = await start({ directory, ...row.app, relyingParty: options })
    await app.rp.ready({ timeout: 0.3 }).catch(() => undefined)
    const browser = new Browser()
    await browser.open(`${app.url}/private`).catch(() => undefined)
    expect([app.shown(), await app.userOf(browser).catch(() => null)]).toEqual([0, null])

    const given = { issuer: provider.issuer, baseUrl: app.url, store: embeddedStore(directory), ...options }
    const ran = await examine(given)
    addRow(task, doctorRow(`doctor: ${row.wrong}`, ran))
    expect([ran.code, failuresOf(ran)]).toEqual([1, expect.arrayContaining([row.check])])
  })

  base('while the twin of all of them signs in and passes', async ({ provider, start, directory }) => {
    const app = await start({ directory })
    await app.rp.ready()
    await new Browser().open(`${app.url}/private`)
    expect(app.shown()).toBe(1)
    const ran = await examine({ issuer: provider.issuer, baseUrl: app.url, store: embeddedStore(directory) })
    expect([ran.code, failuresOf(ran)]).toEqual([0, []])
  })
})
