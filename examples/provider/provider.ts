import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { dirname, join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { type Configuration, type JWK, Provider } from 'oidc-provider'
import { baseConfiguration } from '../../src/testing/base-configuration.ts'
import { clientsFile, readJson, writeJson } from './clients-file.ts'
import { endSession } from './end-session.ts'
import { interactions } from './interactions.ts'
import { errorPage, logoutPage, signedOutPage } from './pages.ts'
import { findUser } from './users.ts'

export interface LocalProviderOptions {
  /** The default, 0, picks a free port. */
  readonly port?: number
  /** `127.0.0.1` by default. */
  readonly hostname?: string
  /** Keeps clients and browser sessions across restarts, with the provider's keys next to it. Without a file: in memory. */
  readonly clientsFile?: string
  /** Changes the configuration of oidc-provider. */
  readonly configuration?: (defaults: Configuration) => Configuration
  /** Extends the provider before it answers requests. */
  readonly extend?: (provider: Provider) => void
}

export interface LocalProvider {
  readonly issuer: string
  readonly provider: Provider
  /** Every answered request, oldest first. Paths come without their query. */
  readonly requests: readonly { readonly method: string; readonly path: string; readonly status: number }[]
  /** Ends the session that one of its clients knows by this `sid`, as its user would: all of its clients are told. */
  endSession(sid: string): Promise<void>
  close(): Promise<void>
}

interface Keys {
  readonly jwks: { readonly keys: readonly JWK[] }
  readonly cookies: readonly string[]
}

const CLAIMS = {
  ...baseConfiguration.claims,
  profile: ['name', 'given_name', 'family_name', 'preferred_username', 'roles'],
  email: ['email', 'email_verified'],
}

/** Starts an OpenID Provider on this machine, for demos and tests. Any client may register; the passwords are public. */
export async function startProvider(options: LocalProviderOptions = {}): Promise<LocalProvider> {
  const { hostname = '127.0.0.1', configuration = (defaults: Configuration) => defaults } = options
  const storage = clientsFile(options.clientsFile)
  const defaults = {
    ...localConfiguration(await loadKeys(options.clientsFile)),
    adapter: storage.adapter,
  }
  const server = createServer()
  const requests = recordRequests(server)
  server.listen(options.port ?? 0, hostname)
  await once(server, 'listening')

  const issuer = `http://${hostname}:${portOf(server)}`
  const provider = new Provider(issuer, configuration(defaults))
  provider.use(interactions(provider))
  options.extend?.(provider)
  provider.on('server_error', (_ctx, error) => console.error(error))
  const answer = provider.callback()
  server.on('request', (req, res) => void answer(req, res))
  return {
    issuer,
    provider,
    requests,
    endSession: sid => endSession(provider, storage.sessions(), sid),
    close: () => close(server),
  }
}

function localConfiguration(keys: Keys): Configuration {
  return {
    ...baseConfiguration,
    jwks: keys.jwks,
    cookies: { keys: keys.cookies },
    claims: CLAIMS,
    rotateRefreshToken: true,
    features: localFeatures(),
    findAccount: (_ctx, sub) => findAccount(sub),
    renderError(ctx, out) {
      ctx.type = 'html'
      ctx.body = errorPage(out.error, out.error_description)
    },
  }
}

function localFeatures(): Configuration['features'] {
  return {
    ...baseConfiguration.features,
    userinfo: { enabled: true },
    registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource(ctx, form) {
        ctx.body = logoutPage(form, ctx.oidc.client?.clientName)
      },
      postLogoutSuccessSource(ctx) {
        ctx.body = signedOutPage(ctx.oidc.client?.clientName)
      },
    },
  }
}

function findAccount(sub: string) {
  const user = findUser(sub)
  return user && { accountId: sub, claims: () => ({ sub, ...user.claims }) }
}

async function loadKeys(clients: string | undefined): Promise<Keys> {
  const file = clients && join(dirname(clients), 'keys.json')
  const kept = file && readJson<Keys>(file)
  if (kept) return kept
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const key = {
    ...(await exportJWK(privateKey)),
    alg: 'RS256',
    use: 'sig',
    kid: randomBytes(8).toString('hex'),
  }
  const keys = { jwks: { keys: [key as JWK] }, cookies: [randomBytes(32).toString('hex')] }
  if (file) writeJson(file, keys)
  return keys
}

function recordRequests(server: Server): { method: string; path: string; status: number }[] {
  const requests: { method: string; path: string; status: number }[] = []
  server.on('request', (req, res) => {
    const path = (req.url ?? '/').replace(/\?.*$/s, '')
    res.on('finish', () => requests.push({ method: req.method ?? 'GET', path, status: res.statusCode }))
  })
  return requests
}

function portOf(server: Server): number {
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('The provider is not listening on a port.')
  return address.port
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
