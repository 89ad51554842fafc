import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type LocalProvider, startProvider } from './provider/provider.ts'
import { users } from './provider/users.ts'

const { PORT = '3000', PROVIDER_PORT = '9400', BASE_URL = `http://localhost:${PORT}` } = process.env
const { ISSUER_BASE_URL, OIDC_STORE = '.oidc', PROVIDER_DIRECTORY = '.provider' } = process.env

const provider = ISSUER_BASE_URL ? undefined : await startLocalProvider()
const issuer = provider?.issuer ?? ISSUER_BASE_URL ?? ''
console.log(instructions(issuer))

const app = spawn(process.execPath, [fileURLToPath(new URL('basic/server.ts', import.meta.url))], {
  stdio: 'inherit',
  env: { ...process.env, PORT, BASE_URL, ISSUER_BASE_URL: issuer },
})
const stopped = stopOnSignal(app)
const [code] = await once(app, 'exit')
await provider?.close()
process.exitCode = stopped.bySignal ? 0 : (code ?? 1)

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

function stopOnSignal(child: ChildProcess): { bySignal: boolean } {
  const stopped = { bySignal: false }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stopped.bySignal = true
      child.kill('SIGTERM')
    })
  }
  return stopped
}

function instructions(issuer: string): string {
  const signIn = users.map(user => `${user.login} with the password ${user.password}`).join(', or ')
  const local = `  Sign in as    ${signIn}\n  Its files     ${PROVIDER_DIRECTORY} (clients and keys; delete both folders to start from scratch)\n`
  return `
  Open          ${BASE_URL}
  Provider      ${issuer}
${provider ? local : ''}  App's files   ${OIDC_STORE} (its client credentials)

  Press Ctrl+C to stop.
`
}
