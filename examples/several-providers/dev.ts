import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testProvider } from 'express-oidc-rp/testing'

/** The users that the test providers sign in. They do not ask for a password. */
const alice = { sub: 'alice', name: 'Alice Liddell', email: 'alice@example.com' }
const bob = { sub: 'bob', name: 'Bob Builder', email: 'bob@partner.example' }

const staff = await testProvider({ user: alice })
const partners = await testProvider({ user: bob })
const { PORT = '3000', BASE_URL = `http://localhost:${PORT}` } = process.env
// The providers forget their clients when they stop, so the app gets a new folder for its registrations with every start.
const OIDC_STORE = mkdtempSync(join(tmpdir(), 'oidc-'))
process.once('exit', () => rmSync(OIDC_STORE, { recursive: true, force: true }))
const issuers = { STAFF_ISSUER: staff.issuer, PARTNERS_ISSUER: partners.issuer }
Object.assign(process.env, { BASE_URL, OIDC_STORE, ...issuers })
console.log(
  `Open ${BASE_URL} and sign in: as ${alice.name}, who is staff, or as ${bob.name}, a partner. Press Ctrl+C to stop.`,
)
await import('./src/server.ts')
