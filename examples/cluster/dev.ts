import { testProvider } from 'express-oidc-rp/testing'

/** Who signs in. This provider asks nobody for a password. */
const user = { sub: 'alice', name: 'Alice Liddell', email: 'alice@example.com' }

const provider = await testProvider({ user })
Object.assign(process.env, { ISSUER_BASE_URL: provider.issuer })
console.log(`Whoever signs in is ${user.name}.`)
await import('./start.ts')
console.log(
  `To sign out at the provider, and so of the app: open ${provider.issuer}/session/end in the same browser.`,
)
