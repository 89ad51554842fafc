import { join } from 'node:path'
import type { ProviderControls } from './live/src/provider-controls.ts'
import { startServer } from './live/src/server.ts'
import { type LocalProvider, startProvider } from './provider/provider.ts'
import { users } from './provider/users.ts'

const { PORT = '3000', PROVIDER_PORT = '9400', BASE_URL = `http://localhost:${PORT}` } = process.env
const { ISSUER_BASE_URL, OIDC_STORE = '.oidc', PROVIDER_DIRECTORY = '.provider' } = process.env

let provider = ISSUER_BASE_URL ? undefined : await startLocalProvider()
const issuer = provider?.issuer ?? ISSUER_BASE_URL ?? ''
console.log(instructions(issuer))

Object.assign(process.env, { PORT, BASE_URL, ISSUER_BASE_URL: issuer })
startServer(provider && controls())

/** The app uses `localhost` and the provider 127.0.0.1. To a browser these are two sites, so their cookies stay apart. */
async function startLocalProvider(): Promise<LocalProvider> {
  const clientsFile = join(PROVIDER_DIRECTORY, 'clients.json')
  try {
    return await startProvider({ port: Number(PROVIDER_PORT), clientsFile })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    console.error(
      `Port ${PROVIDER_PORT}, for the provider, is already in use. Set PROVIDER_PORT to another one.`,
    )
    process.exit(1)
  }
}

/** Stops the provider, and starts another one with the same files: what was in its memory only is lost, as at a real restart. */
function controls(): ProviderControls {
  let last: Promise<unknown> = Promise.resolve()
  /** Two buttons may be pressed at the same time, in two browsers. */
  const inTurn = (task: () => Promise<unknown>) => async (): Promise<void> => {
    last = last.then(task, task)
    await last
  }
  return {
    stop: inTurn(async () => {
      await provider?.close()
      provider = undefined
    }),
    start: inTurn(async () => {
      provider ??= await startLocalProvider()
    }),
    endSession: async sid => await provider?.endSession(sid),
  }
}

function instructions(issuer: string): string {
  const lines = [`Open          ${BASE_URL}`, `Provider      ${issuer}`]
  if (provider) {
    const logins = users.map(({ login, password }) => `${login} with the password ${password}`)
    lines.push(`Sign in as    ${logins.join(', or ')}`)
    lines.push(
      `Its files     ${PROVIDER_DIRECTORY} (clients and keys; delete both folders to start from scratch)`,
    )
  }
  lines.push(`App's files   ${OIDC_STORE} (its client credentials)`, '', 'Press Ctrl+C to stop.')
  return `\n${lines.map(line => `  ${line}`).join('\n')}\n`
}
