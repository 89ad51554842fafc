import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testProvider } from 'express-oidc-rp/testing'
import { audience } from './src/auth.ts'

/** Who signs in. This provider asks nobody for a password. */
const user = { sub: 'alice', name: 'Alice Liddell', email: 'alice@example.com', roles: ['admin'] }

const provider = await testProvider({ user })
const { PORT = '3000', BASE_URL = `http://localhost:${PORT}` } = process.env
// The provider forgets its clients when it stops, so this app forgets its registration too.
const OIDC_STORE = await mkdtemp(join(tmpdir(), 'oidc-'))
Object.assign(process.env, { BASE_URL, ISSUER_BASE_URL: provider.issuer, OIDC_STORE })
console.log(`Open ${BASE_URL}. Whoever signs in is ${user.name}. Press Ctrl+C to stop.`)
await import('./src/server.ts')

const token = await provider.issueAccessToken({ audience })
console.log('As a program, for an hour:')
console.log(`  curl -H 'Authorization: Bearer ${token}' ${BASE_URL}/api/orders`)
