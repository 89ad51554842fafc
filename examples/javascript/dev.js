import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testProvider } from 'express-oidc-rp/testing'

/** The user that the test provider signs in. It does not ask for a password. */
const user = { sub: 'alice', name: 'Alice Liddell', email: 'alice@example.com' }

const provider = await testProvider({ user })
const { PORT = '3000', BASE_URL = `http://localhost:${PORT}` } = process.env
// The provider forgets its clients when it stops, so the app gets a new folder for its registration with every start.
const OIDC_STORE = mkdtempSync(join(tmpdir(), 'oidc-'))
process.once('exit', () => rmSync(OIDC_STORE, { recursive: true, force: true }))
Object.assign(process.env, { BASE_URL, ISSUER_BASE_URL: provider.issuer, OIDC_STORE })
console.log(
  `Open ${BASE_URL} and sign in. The test provider signs everyone in as ${user.name}. Press Ctrl+C to stop.`,
)
await import('./src/server.js')
