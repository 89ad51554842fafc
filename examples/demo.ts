import { spawn } from 'node:child_process'
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
let stopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stopping = true
    app.kill('SIGTERM')
  })
}
const [code] = await once(app, 'exit')
await provider?.close()
process.exitCode = stopping ? 0 : (code ?? 1)

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
