import { OidcError } from '../index.ts'
import type { OidcProviderLibrary } from './oidc-provider.ts'

/** Refuses to run in production, where the testing kit would sign in every visitor. */
export function refuseProduction(name: string): void {
  if (process.env['NODE_ENV'] !== 'production') return
  throw new OidcError('ERR_OIDC_TESTING_UNAVAILABLE', {
    message: `${name}() of express-oidc-rp/testing does not run with NODE_ENV=production.`,
  })
}

/** Loads the optional package `oidc-provider`. Only tests that use a provider need it. */
export async function importProvider(): Promise<OidcProviderLibrary> {
  const name: string = 'oidc-provider' // TypeScript would ask for the types of a literal name
  const library: unknown = await import(name).catch((cause: unknown) => {
    throw new OidcError('ERR_OIDC_TESTING_UNAVAILABLE', {
      message: 'testProvider() needs the package oidc-provider: npm install --save-dev oidc-provider',
      cause,
    })
  })
  return library as OidcProviderLibrary
}
