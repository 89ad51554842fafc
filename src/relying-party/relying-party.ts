import { boundFetch } from '../protocol/provider/bounded-fetch.ts'
import { type Connection, discoverProvider } from '../protocol/provider/connection.ts'
import { inTime } from '../vocabulary/deadline.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { publish } from '../vocabulary/events.ts'
import { isTimeout, timeoutRule } from '../vocabulary/timeout.ts'
import { type Clients, registeredClients, staticClients } from './client/clients.ts'
import { startTending, type Tending } from './client/maintenance.ts'
import { obtainRecord } from './client/obtain-client.ts'
import { rotateNow, unregisterNow } from './client/operator-changes.ts'
import { buildRegistrar, type Registrar } from './client/registrar.ts'
import type { RotationWay } from './client/rotate-credentials.ts'
import { keepTrying } from './keep-trying.ts'
import { optionError } from './options/option-error.ts'
import type { Settings } from './options/settings.ts'
import { isFinal, isTransient, nextPause, reportFailure } from './retry-policy.ts'
import { type SealingKeys, sealingKeys } from './sealing-keys.ts'
import { buildStatus, type RelyingPartyStatus } from './status.ts'

/** A request to the provider as one of this app's clients. */
type ClientRequest<Result> = (connection: Connection) => Promise<Result>

/** This app as a relying party of one provider. The middleware factories take it, or a part of it. */
export interface RelyingParty {
  readonly settings: Settings
  /** The provider and the app's current client there. Waits for at most `providerTimeout`, then rejects with a 503. */
  connect(): Promise<Connection>
  /** The client that a login began with, or `undefined` if it no longer exists. */
  connectAs(clientId: string): Promise<Connection | undefined>
  /**
   * Makes a request as the current client. If the provider refuses that client, the client is healed and the whole request
   * is repeated, possibly as another client.
   */
  request<Result>(make: ClientRequest<Result>): Promise<Result>
  /**
   * Makes a request that only this client can make, because a code or a refresh token belongs to it. If the provider refuses
   * the client, the client is healed and the request is repeated: a refused request has not used up the code or token. `undefined` if
   * another client has taken its place.
   */
  requestAs<Result>(owner: Connection, make: ClientRequest<Result>): Promise<Result | undefined>
  /** Counts sign-ins that were started and those that returned: with a client that the provider has deleted, none returns. */
  readonly note: (event: 'login started' | 'login returned') => void
  /** Encrypts what the app stores in browsers. */
  readonly sealer: SealingKeys['sealer']
  readonly ready: (options?: { readonly timeout?: number }) => Promise<void>
  readonly status: () => RelyingPartyStatus
  readonly rotate: () => Promise<RotationWay>
  readonly unregister: () => Promise<void>
  readonly close: () => Promise<void>
}

/** What exists once the provider is discovered and the app has a client there. */
interface Established {
  readonly clients: Clients
  readonly registrar: Registrar
  readonly tending: Tending
}

/** Builds a relying party, and starts discovery and registration unless `start` postpones them. */
export function buildRelyingParty(settings: Settings): RelyingParty {
  const fetch = boundFetch(settings.fetch)
  const sealing = sealingKeys(settings)
  let closed = false

  const trying = keepTrying(() => establish(settings, fetch, sealing), {
    delay: nextPause,
    hastens: isTransient,
    onFailure: reportFailure(settings),
  })
  const established = (): Promise<Established> => trying.wait(settings.providerTimeout)
  const heal: Heal = async refused => {
    const healing = (await established()).clients.heal(refused)
    return inTime(healing, settings.providerTimeout, () => new OidcError('ERR_OIDC_NOT_READY'))
  }
  if (settings.start === 'immediately') trying.start()

  return Object.freeze<RelyingParty>({
    settings,
    connect: async () => (await established()).clients.current(),
    connectAs: async clientId => (await established()).clients.withId(clientId),
    async request(make) {
      const { clients } = await established()
      return attempt(make, await clients.current(), heal)
    },
    requestAs: (owner, make) =>
      attempt(
        async client => (client.clientId === owner.clientId ? await make(client) : undefined),
        owner,
        heal,
      ),
    note: event => trying.result?.tending.note(event),
    sealer: sealing.sealer,
    async ready({ timeout = 30 } = {}) {
      if (!isTimeout(timeout)) throw optionError('timeout', timeoutRule)
      const deadline = Date.now() + timeout * 1_000
      while (!trying.result) {
        if (closed) throw new OidcError('ERR_OIDC_NOT_READY', { message: 'The relying party was closed.' })
        await trying.wait(Math.max(1, deadline - Date.now())).catch(error => refuseIfFinal(error, deadline))
      }
    },
    status: () => buildStatus(settings, { closed, failure: trying.failure, established: trying.result }),
    rotate: async () => rotateNow(await established()),
    unregister: async () => unregisterNow(await established()),
    async close() {
      closed = true
      await trying.stop()
      await trying.result?.tending.stop()
    },
  })
}

type Heal = (refused: Connection) => Promise<Connection | undefined>

async function attempt<Result>(
  make: ClientRequest<Result>,
  connection: Connection,
  heal: Heal,
  attempts = 3,
): Promise<Result> {
  try {
    return await make(connection)
  } catch (error) {
    if (!(error instanceof OidcError) || error.code !== 'ERR_OIDC_CLIENT_REFUSED') throw error
    const healed = attempts > 1 ? await heal(connection) : undefined
    if (!healed) throw error
    return attempt(make, healed, heal, attempts - 1)
  }
}

async function establish(
  settings: Settings,
  fetch: ReturnType<typeof boundFetch>,
  sealing: SealingKeys,
): Promise<Established> {
  const provider = await discoverProvider(settings, fetch)
  settings.log(`Discovered the provider ${settings.issuer}.`)
  publish('provider.discovered', { issuer: settings.issuer })
  const registrar = buildRegistrar(settings, provider)
  const clients = settings.client
    ? staticClients(provider, settings.client)
    : registeredClients(registrar, await obtainRecord(registrar))
  return { clients, registrar, tending: startTending(settings, clients, sealing) }
}

function refuseIfFinal(error: OidcError, deadline: number): Promise<void> {
  if (isFinal(error) || Date.now() >= deadline) throw error
  return new Promise(resolve => setTimeout(resolve, 100))
}
