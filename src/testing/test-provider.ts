import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { OidcError, type RelyingPartyOptions } from '../index.ts'
import type { IssueAccessTokenOptions } from './access-token.ts'
import { importProvider, refuseProduction } from './availability.ts'
import { isProfile } from './profile-configuration.ts'
import { buildProvider, type RunningProvider } from './running-provider.ts'
import type { TestClaims } from './signed-in.ts'

/** Options of {@link testProvider}. */
export interface TestProviderOptions {
  /** The user who signs in, unless {@link signIn} names a different one. */
  readonly user?: TestClaims
  /**
   * Holds the provider to a profile, for an app with the same option `profile`: it accepts nothing that the profile forbids, and each proof
   * (DPoP) needs a nonce. Default: none.
   *
   * @see FAPI 2.0 Security Profile §5.3.2, FAPI 2.0 Message Signing §5.3, §5.4
   */
  readonly profile?: RelyingPartyOptions['profile']
}

/** An OpenID Provider in the test's process. It registers every client and believes every user without a password. */
export interface TestProvider {
  /** The Issuer Identifier, for `relyingParty({ issuer })`. */
  readonly issuer: string
  /**
   * Issues an access token for an API that accepts them with the option `bearer`: a JWT, valid for an hour.
   *
   * @see RFC 9068 §2
   */
  issueAccessToken(options: IssueAccessTokenOptions): Promise<string>
  /** Makes the next authorization code expire before the app can use it. */
  expireCode(): void
  /** Puts a wrong nonce into the next ID token. */
  spoilNonce(): void
  /** Replaces the signing key with a new one. */
  rotateKeys(): Promise<void>
  /** Delays every response by a number of seconds. 0 ends the delay. */
  slow(seconds: number): void
  /** Stops accepting connections. Its clients and sessions stay. */
  stop(): Promise<void>
  /** Starts again after {@link TestProvider.stop}, at the same address. Does nothing if it runs. */
  start(): Promise<void>
  /** Deletes a client, or all clients. */
  deleteClient(clientId?: string): void
  /** Stops the provider at the end of the tests. */
  close(): Promise<void>
}

/**
 * Starts a provider on this machine for tests of an app, with real sign-ins and with faults on request. It needs the package
 * `oidc-provider`.
 *
 * @example
 * ```ts
 * import { testProvider } from 'express-oidc-rp/testing'
 *
 * const provider = await testProvider({ user: { sub: 'alice', roles: ['admin'] } })
 * app.use(relyingParty({ issuer: provider.issuer, baseUrl: 'http://localhost:3000', store: memoryStore() }))
 * ```
 * @throws {@link OidcError} `ERR_OIDC_TESTING_UNAVAILABLE` in production, or without `oidc-provider`;
 * `ERR_OIDC_INVALID_OPTION` for an unknown `profile`.
 */
export async function testProvider({ user = {}, profile }: TestProviderOptions = {}): Promise<TestProvider> {
  refuseProduction('testProvider')
  if (profile !== undefined && !isProfile(profile))
    throw new OidcError('ERR_OIDC_INVALID_OPTION', {
      message: 'testProvider: options.profile must be fapi2 or fapi2-message-signing.',
    })
  const library = await importProvider()
  const server = createServer()
  const port = await listen(server, 0)
  const running = await buildProvider(library, `http://127.0.0.1:${port}`, { user, profile })
  const faults = { expiresCode: false, spoilsNonce: false, delay: 0 }
  server.on('request', (req, res) => {
    answer(running, faults, req, res).catch((error: unknown) => res.writeHead(500).end(String(error)))
  })
  return {
    issuer: running.issuer,
    issueAccessToken: running.issueAccessToken,
    expireCode: () => void Object.assign(faults, { expiresCode: true }),
    spoilNonce: () => void Object.assign(faults, { spoilsNonce: true }),
    rotateKeys: running.rotateKeys,
    slow: seconds => void Object.assign(faults, { delay: seconds * 1_000 }),
    stop: () => stop(server),
    start: async () => {
      if (!server.listening) await listen(server, port)
    },
    deleteClient: clientId => running.storage.forget('Client', clientId),
    close: () => stop(server),
  }
}

interface Faults {
  expiresCode: boolean
  spoilsNonce: boolean
  delay: number
}

async function answer(
  running: RunningProvider,
  faults: Faults,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  if (faults.delay > 0) await setTimeout(faults.delay)
  const { pathname } = new URL(req.url ?? '/', running.issuer)
  if (pathname === '/token' && faults.spoilsNonce) faults.spoilsNonce = !running.storage.spoilNonces()
  if (pathname === '/token' && faults.expiresCode) {
    faults.expiresCode = false
    running.storage.forget('AuthorizationCode')
  }
  await running.answer(req, res)
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1').unref() // a test that does not close it still ends
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address ? address.port : port
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
