import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Terminal } from '../../../src/cli/command.ts'
import { test as base } from '../flow.ts'
import { type ScriptedHydra, scriptedHydra } from '../scripted-hydra.ts'
import { type Ran, runCommand } from './command-line.ts'

/** The address of the app that the commands manage. Nothing listens there. */
export const baseUrl = 'http://localhost:4999'

type Cli = (argv: string, terminal?: Partial<Terminal>) => Promise<Ran>

/** A test with the command line of one app at the scripted provider and one at the scripted Hydra. */
export const test = base
  .extend('environment', ({ provider, directory }): Record<string, string> => {
    return { ISSUER_BASE_URL: provider.issuer, BASE_URL: baseUrl, OIDC_STORE: directory }
  })
  .extend('folder', async ({ directory }): Promise<string> => {
    await mkdir(dirname(directory), { recursive: true })
    return dirname(directory)
  })
  .extend('cli', ({ environment, folder }): Cli => {
    return (argv, terminal) => runCommand(argv.split(' '), { environment, directory: folder, ...terminal })
  })
  .extend('hydra', async ({ onTestFinished }): Promise<ScriptedHydra> => {
    const hydra = await scriptedHydra()
    onTestFinished(() => hydra.close())
    return hydra
  })
  .extend('cliAtHydra', ({ hydra, environment, cli }): Cli => {
    const atHydra = { ...environment, ISSUER_BASE_URL: hydra.issuer }
    return (argv, terminal) => cli(argv, { environment: atHydra, ...terminal })
  })
