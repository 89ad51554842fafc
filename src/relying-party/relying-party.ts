import type { Connection } from '../protocol/provider/connection.ts'
import { type FreshProvider, freshProvider } from '../protocol/provider/fresh-provider.ts'
import { boundFetch, type Fetch } from '../protocol/requests/bounded-fetch.ts'
import { inTime } from '../vocabulary/deadline.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { publish } from '../vocabulary/events.ts'
import type { JsonWebKey } from '../vocabulary/oauth2-client.ts'
import { isTimeout, timeoutRule } from '../vocabulary/timeout.ts'
import { obtainRecord } from './changes/obtain-client.ts'
import type { RotationWay } from './changes/rotate-credentials.ts'
import type { SignInEvent } from './client/client-watch.ts'
import { type Clients, registeredClients, staticClients } from './client/clients.ts'
import { type Maintenance, type Shared, startMaintenance } from './client/maintenance.ts'
import { rotateNow, unregisterNow } from './client/operator-changes.ts'
import { proofKeys, type StoredProofKeys } from './client/proof-keys.ts'
import { readServedKeys } from './client/served-keys.ts'
import { namingEndpoints } from './endpoint-faults.ts'
import { type ClientRequest, type Heal, requestHealed } from './healed-request.ts'
import { keepTrying } from './keep-trying.ts'
import { optionError } from './options/option-error.ts'
import type { Settings } from './options/settings.ts'
import { type ProviderContact, watchContact } from './provider-contact.ts'
import { buildRegistrar, type Registrar } from './record/registrar.ts'
import { freshness, isFinal, isTransient, nextPause, reportFailure } from './retry-policy.ts'
import { type SealingKeys, sealingKeys } from './sealing-keys.ts'
import { buildStatus, type RelyingPartyStatus } from './status.ts'
import { type StoreLosses, storeLosses } from './store-losses.ts'

/** This app as a relying party of one provider. The middleware factories take it, or a part of it. */
export interface RelyingParty {
  readonly settings: Settings
  /** The provider and the app's current client there. Waits for at most `providerTimeout`, then rejects with a 503. */
  connect(): Promise<Connection>
  /** The client that a login began with, or `undefined` if it no longer exists. */
  connectAs(clientId: string): Promise<Connection | undefined>
  /** The same for a client id that anyone may have sent: one that this process does not know causes no call of the store. */
  connectIfKnown(clientId: string): Promise<Connection | undefined>
  /** Every client of this app, for a token that does not say which one it is for. */
  connectAll(): Promise<readonly Connection[]>
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
  /** Is told of each sign-in that starts or returns: with a client that the provider has forgotten, none returns. */
  readonly note: (event: SignInEvent) => void
  /**
   * Lets a sign-in start, after a bounded wait if the provider may have forgotten the client.
   *
   * @throws {@link OidcError} 503 while the provider is known to refuse the client.
   */
  readonly admitLogin: () => Promise<void>
  /** The public keys of every client of this app, read from the store. */
  publicKeys(): Promise<readonly JsonWebKey[]>
  /** Encrypts what the app stores in browsers. */
  readonly sealer: SealingKeys['sealer']
  /** The keys that access tokens are bound to, where they are. */
  readonly proofKeys: StoredProofKeys
  /** What was written before this time may be missing from the store. */
  readonly lostBefore: StoreLosses['lostBefore']
  readonly ready: (options?: { readonly timeout?: number }) => Promise<void>
  readonly status: () => RelyingPartyStatus
  /** When the provider last answered this process, and when it last did not. */
  readonly contact: () => ProviderContact
  readonly rotate: () => Promise<RotationWay>
  readonly unregister: () => Promise<void>
  readonly close: () => Promise<void>
}

/** What exists once the provider is discovered and the app has a client there. */
interface Established {
  readonly fresh: FreshProvider
  readonly clients: Clients
  readonly registrar: Registrar
  readonly maintenance: Maintenance
}

/** Builds a relying party, and starts discovery and registration unless `start` postpones them. */
export function buildRelyingParty(settings: Settings): RelyingParty {
  const limits = { deadline: settings.requestTimeout }
  const { fetch: watched, contact } = watchContact(boundFetch(settings.fetch, limits))
  const fetch = namingEndpoints(settings, watched)
  const [sealing, proofs, losses] = [sealingKeys(settings), proofKeys(settings), storeLosses(settings)]
  const shared = { sealing, proofs, losses }
  let closed = false

  const trying = keepTrying(() => establish(settings, fetch, shared), {
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
    connectAll: async () => (await established()).clients.all(),
    connectIfKnown: async clientId => (await established()).clients.known(clientId),
    async request(make) {
      const { clients } = await established()
      return requestHealed(make, await clients.current(), heal)
    },
    requestAs: (owner, make) =>
      requestHealed(
        async client => (client.clientId === owner.clientId ? await make(client) : undefined),
        owner,
        heal,
      ),
    note: event => trying.result?.maintenance.note(event),
    admitLogin: async () => (await established()).maintenance.admit(),
    publicKeys: () => readServedKeys(settings, trying.result?.clients),
    sealer: sealing.sealer,
    proofKeys: proofs,
    lostBefore: losses.lostBefore,
    async ready({ timeout = 30 } = {}) {
      if (!isTimeout(timeout)) throw optionError('timeout', timeoutRule)
      const deadline = performance.now() + timeout * 1_000
      while (!trying.result) {
        if (closed) throw new OidcError('ERR_OIDC_NOT_READY', { message: 'The relying party was closed.' })
        await trying
          .wait(Math.max(1, deadline - performance.now()))
          .catch(error => refuseIfFinal(error, deadline))
      }
    },
    status: () => buildStatus(settings, { closed, failure: trying.failure, established: trying.result }),
    contact,
    rotate: async () => rotateNow(await established()),
    unregister: async () => unregisterNow(await established()),
    async close() {
      closed = true
      await trying.stop()
      await Promise.all([trying.result?.fresh.stop(), trying.result?.maintenance.stop()])
      settings.failures.flush()
    },
  })
}

async function establish(settings: Settings, fetch: Fetch, shared: Shared): Promise<Established> {
  const looking = shared.losses.look().catch(() => undefined) // each round looks again
  const fresh = await freshProvider({ ...settings, proofKeys: shared.proofs }, fetch, freshness(settings))
  await looking
  settings.log(`Discovered the provider ${settings.issuer}.`)
  publish('provider.discovered', { issuer: settings.issuer })
  const registrar = buildRegistrar(settings, fresh.current, () => fresh.current)
  if (settings.client) {
    fresh.start()
    const clients = staticClients(registrar, settings.client, settings.redirectUri)
    return { fresh, clients, registrar, maintenance: startMaintenance(settings, clients, shared, false) }
  }
  const begunAt = Date.now()
  const record = await obtainRecord(registrar)
  fresh.start()
  const clients = registeredClients(registrar, record)
  const isReused = record.current.registeredAt < begunAt
  return { fresh, clients, registrar, maintenance: startMaintenance(settings, clients, shared, isReused) }
}

function refuseIfFinal(error: OidcError, deadline: number): Promise<void> {
  if (isFinal(error) || performance.now() >= deadline) throw error
  return new Promise(resolve => setTimeout(resolve, 100))
}
