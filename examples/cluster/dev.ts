import { testProvider } from 'express-oidc-rp/testing'

/** The user that the test provider signs in. It does not ask for a password. */
const user = { sub: 'alice', name: 'Alice Liddell', email: 'alice@example.com' }

const provider = await testProvider({ user })
process.env['ISSUER_BASE_URL'] = provider.issuer
console.log(`The test provider signs everyone in as ${user.name}.`)
await import('./start.ts')
console.log(`To sign out at the provider, open ${provider.issuer}/session/end in the same browser.`)
