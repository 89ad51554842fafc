import { OidcError } from '../index.ts'
import type { OidcProviderLibrary } from './oidc-provider.ts'

/** Refuses to go on in production, where the testing kit would sign in whoever asks. */
export function refuseProduction(name: string): void {
  if (process.env['NODE_ENV'] !== 'production') return
  throw new OidcError('ERR_OIDC_TESTING_UNAVAILABLE', {
    message: `${name}() of express-oidc-rp/testing does not run with NODE_ENV=production.`,
  })
}

/** Loads the provider, which only those need who test with it. */
export async function importProvider(): Promise<OidcProviderLibrary> {
  const name: string = 'oidc-provider' // a constant would need its types
  const library: unknown = await import(name).catch((cause: unknown) => {
    throw new OidcError('ERR_OIDC_TESTING_UNAVAILABLE', {
      message: 'testProvider() needs the package oidc-provider: npm install --save-dev oidc-provider',
      cause,
    })
  })
  return library as OidcProviderLibrary
}
