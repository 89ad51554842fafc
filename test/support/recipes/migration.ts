import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type LocalProvider, startProvider } from '../../../examples/provider/provider.ts'
import { freePort } from '../processes/free-port.ts'
import { isMissing } from '../processes/missing.ts'
import { type RunningRecipe, saveFiles, startFile } from './recipe.ts'

const PACKAGES = 'bench/node_modules'
const root = join(import.meta.dirname, '../../..')

/** Whether the library that a page migrates from is missing. */
export function isLibraryMissing(name: string): boolean {
  return isMissing(join(root, PACKAGES, name), name, 'npm ci --prefix bench')
}

/** The two apps of a page about a migration, which use the same client of one provider, one after the other at the same address. */
export interface Migration {
  readonly provider: LocalProvider
  readonly folder: string
  readonly url: string
  readonly startBefore: () => Promise<RunningRecipe>
  readonly startAfter: () => Promise<RunningRecipe>
}

const client = { client_id: 'shop', client_secret: 'a secret of the shop, which is long enough' }

export async function stageMigration(
  page: string,
  { callback, authentication }: { readonly callback: string; readonly authentication: string },
): Promise<Migration> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const method = authentication as 'client_secret_basic'
  const registered = {
    ...client,
    redirect_uris: [url + callback],
    post_logout_redirect_uris: [`${url}/logout/callback`],
    token_endpoint_auth_method: method,
  }
  const provider = await startProvider({
    configuration: usual => ({ ...usual, clients: [registered], pkce: { required: () => false } }),
  })
  onTestFinished(() => provider.close())
  const folder = await saveFiles(page, code => code.replace('https://op.example', provider.issuer), PACKAGES)
  const start = (file: string): Promise<RunningRecipe> =>
    startFile(folder, file, {
      issuer: provider.issuer,
      port,
      env: {
        CLIENT_ID: client.client_id,
        CLIENT_SECRET: client.client_secret,
        OIDC_AUTHENTICATION_METHOD: method,
        AUTH_SECRET: 'a secret for the app before the migration',
        BETTER_AUTH_SECRET: 'a secret for the app before the migration',
        BETTER_AUTH_TELEMETRY: '0',
      },
    })
  return { provider, folder, url, startBefore: () => start('before.js'), startAfter: () => start('after.ts') }
}
