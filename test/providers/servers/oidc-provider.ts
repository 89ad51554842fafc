import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import type { Configuration, JWK, Provider } from 'oidc-provider'
import { writeJson } from '../../../examples/provider/clients-file.ts'
import { startProvider } from '../../../examples/provider/provider.ts'
import { freePort } from '../../support/processes/free-port.ts'
import type { ProviderServer } from './administration.ts'
import { administrateOidcProvider } from './oidc-provider-admin.ts'
import { buildClassPolicy, classes, tellClasses } from './oidc-provider-classes.ts'
import { type RecordBook, recordBook } from './oidc-provider-records.ts'
import { temporaryFolder } from './temporary-folder.ts'

interface State {
  readonly shortened: Set<string>
  records: RecordBook
  registers: boolean
}

type Configure = (usual: Configuration) => Configuration

/** Starts oidc-provider as an app usually meets it. */
export const startUsualOidcProvider = (): Promise<ProviderServer> => start('RS256', usual => usual)

/** Starts oidc-provider in its FAPI 2.0 profile: pushed requests and assertions in PS256, and nothing else. */
export const startFapiOidcProvider = (): Promise<ProviderServer> => start('PS256', withFapi)

/** Adds what FAPI 2.0 Security Profile §5.3.2 asks of a provider. */
function withFapi(usual: Configuration): Configuration {
  return {
    ...usual,
    clientAuthMethods: ['private_key_jwt'],
    clientDefaults: { ...usual.clientDefaults, id_token_signed_response_alg: 'PS256' },
    enabledJWA: {
      ...usual.enabledJWA,
      clientAuthSigningAlgValues: ['PS256'],
      idTokenSigningAlgValues: ['PS256'],
    },
    features: {
      ...usual.features,
      fapi: { enabled: true, profile: '2.0' },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    },
  }
}

function withMore(usual: Configuration, { shortened }: State): Configuration {
  const introspection: object = { introspection: { enabled: true } }
  return {
    ...usual,
    acrValues: classes,
    interactions: { policy: buildClassPolicy() },
    ttl: {
      ...usual.ttl,
      AccessToken: (_ctx, _token, client) => (shortened.has(client.clientId) ? 4 : 3_600),
    },
    features: {
      ...usual.features,
      ...introspection,
      encryption: { enabled: true },
      jwtUserinfo: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, audience) => ({
          scope: 'read',
          audience,
          accessTokenFormat: audience.includes('opaque') ? 'opaque' : 'jwt',
        }),
      },
    },
  }
}

async function start(alg: 'RS256' | 'PS256', configure: Configure): Promise<ProviderServer> {
  const folder = await temporaryFolder('oidc-provider')
  const port = await freePort()
  const files = { clients: join(folder.path, 'clients.json'), keys: join(folder.path, 'keys.json') }
  const state: State = { shortened: new Set(), records: recordBook(), registers: true }
  const run = () =>
    startProvider({
      port,
      clientsFile: files.clients,
      configuration: usual => configure(withMore(state.records.watch(usual), state)),
      extend(provider) {
        tellClasses(provider)
        refuseRegistrations(provider, () => !state.registers)
      },
    })
  await changeKeys(files.keys, alg)
  let running = await run()
  const restart = async (between: () => Promise<unknown> = async () => {}): Promise<void> => {
    await running.close()
    await between()
    running = await run()
  }
  return {
    issuer: running.issuer,
    options: {},
    administration: {
      ...administrateOidcProvider(() => state.records),
      async switchRegistration(isOn) {
        state.registers = isOn
      },
      shortenTokens: async clientId => void state.shortened.add(clientId),
      restart: () => restart(),
      rotateKeys: () => restart(() => changeKeys(files.keys, alg)),
      wipe: () => restart(() => forgetAll(files, alg, state)),
    },
    async close() {
      await running.close()
      await folder.remove()
    },
  }
}

async function forgetAll(
  files: { readonly clients: string; readonly keys: string },
  alg: string,
  state: State,
): Promise<void> {
  writeJson(files.clients, {})
  state.records = recordBook()
  await changeKeys(files.keys, alg)
}

async function changeKeys(file: string, alg: string): Promise<void> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const key: JWK = { ...(await exportJWK(privateKey)), kty: 'RSA', alg, use: 'sig', kid: randomUUID() }
  writeJson(file, { jwks: { keys: [key] }, cookies: ['a key for the cookies of the tests'] })
}

function refuseRegistrations(provider: Provider, isOff: () => boolean): void {
  provider.use(async (ctx, next) => {
    if (ctx.path !== '/reg' || !isOff()) return void (await next())
    ctx.status = 404
    ctx.body = { error: 'not_found' }
  })
}
