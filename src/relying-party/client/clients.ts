import { setTimeout as pause } from 'node:timers/promises'
import {
  buildStaticCredentials,
  type ClientCredentials,
} from '../../protocol/client-authentication/client-authentication.ts'
import type { DecryptionState } from '../../protocol/keys/response-encryption.ts'
import type { Connection } from '../../protocol/provider/connection.ts'
import { probeClient } from '../../protocol/registration/probe.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { StaticClient } from '../options/client-options.ts'
import { openingKeys } from '../record/client-keys.ts'
import { isAlive } from '../record/client-liveness.ts'
import type { ClientRecord, GrantedClient, ReadyRecord } from '../record/client-record-shape.ts'
import { isSameClient } from '../record/record-copies.ts'
import { believeTimes } from '../record/record-times.ts'
import type { Registrar } from '../record/registrar.ts'
import { withheldScopes } from '../record/replacement.ts'
import { withoutNull } from '../record/requested-metadata.ts'
import { announceRelease } from '../record/superseded-releases.ts'
import { clientConnections } from './client-connections.ts'
import { clientHealing } from './client-healing.ts'
import { runDueTasks } from './maintenance-tasks.ts'
import { type SharedRecord, sharedRecord } from './shared-record.ts'

/** Milliseconds between two reads of the record for a response that cannot be opened. */
const LEAST_AGE = 1_000

/** Our clients at a provider, as they are in use: the current one and those that serve their last sessions. */
export interface Clients {
  /** The client that new logins begin with. */
  current(): Promise<Connection>
  /** Every client of this app, as this process knows them, the current one first. */
  all(): Promise<readonly Connection[]>
  /** A client of the record as this process knows it, which is at most `rereadEvery` old. */
  known(clientId: string): Promise<Connection | undefined>
  /** The client that a login began with, or `undefined` if it is no longer there. One that is not known is looked for in the store. */
  withId(clientId: string): Promise<Connection | undefined>
  /**
   * After the provider refused a client: brings it back with credentials that work, or another one in its place; or
   * `undefined` if this app can do nothing about it.
   */
  heal(refused: Connection): Promise<Connection | undefined>
  /**
   * Asks the provider whether it still accepts the current client, and heals it if not.
   *
   * @param onRefused - Called if it does not, before the client is healed.
   * @returns Why nobody can sign in, if the client is refused and could not be healed.
   * @throws {@link OidcError} If that could not be found out.
   */
  check(onRefused: () => void): Promise<OidcError | undefined>
  /** Reads the record again. `undefined` for a client that was made by hand. */
  reread(): Promise<ClientRecord | undefined>
  /** Reads the record again and does what is due. */
  tend(): Promise<void>
  /** The record, where this app registered itself. */
  readonly record: ReadyRecord | undefined
}

/** The client that an administrator has made. */
export function staticClients(registrar: Registrar, given: StaticClient, redirectUri: string): Clients {
  const registered = withoutNull(registrar.settings.metadata)
  const credentials = buildStaticCredentials(given, registrar.provider, registered)
  const current = clientConnections<ClientCredentials>(registrar)
  current(credentials).catch(() => undefined) // each caller gets the failure
  return {
    current: () => current(credentials),
    all: async () => [await current(credentials)],
    known: async id => (id === given.clientId ? current(credentials) : undefined),
    withId: async id => (id === given.clientId ? current(credentials) : undefined),
    heal: async () => ((await credentials.source?.renew()) ? current(credentials) : undefined),
    async check() {
      if (await probeClient(await current(credentials), redirectUri)) return undefined
      return new OidcError('ERR_OIDC_CLIENT_REFUSED', {
        message: `The provider does not accept client ${given.clientId}. Check that it exists there, and the credentials in options.client.`,
      })
    },
    reread: async () => undefined,
    tend: async () => undefined,
    record: undefined,
  }
}

/** The clients of an app that registers itself, kept in step with the record that its replicas share. */
export function registeredClients(registrar: Registrar, first: ReadyRecord): Clients {
  const { settings } = registrar
  const shared = sharedRecord(settings, first)
  const heal = clientHealing(registrar)
  const reopen = reopening(shared)
  const connectionOf = clientConnections<GrantedClient>(registrar, client => ({
    ...client,
    withheldScopes: withheldScopes(client),
    decryptionKeys: openingKeys(client),
    newest: () => reopen(client.clientId),
  }))

  async function known(clientId: string): Promise<Connection | undefined> {
    await shared.readIfOld()
    const found = shared.find(clientId)
    return found && connectionOf(found)
  }

  return {
    get record() {
      return shared.hasLeft ? undefined : believeTimes(shared.record, settings)
    },
    async current() {
      await shared.readIfOld()
      if (shared.hasLeft)
        throw new OidcError('ERR_OIDC_NOT_READY', {
          message: 'This app was unregistered at the provider. Restart it to register it again.',
        })
      return connectionOf(shared.record.current)
    },
    async all() {
      await shared.readIfOld()
      return Promise.all(shared.clients().map(connectionOf))
    },
    known,
    async withId(clientId) {
      const connection = await known(clientId)
      if (connection) return connection
      await shared.read() // another replica may have registered it a moment ago
      return known(clientId)
    },
    async heal(refused) {
      await shared.read()
      const { current } = shared.record
      if (!isSameClient(current, refused)) return connectionOf(current) // renewed by another replica
      await heal(current)
      await shared.read()
      return connectionOf(shared.record.current)
    },
    async check(onRefused) {
      await shared.read()
      const { current } = shared.record
      if (shared.hasLeft || (await isAlive(registrar, current))) return undefined
      onRefused()
      try {
        await heal(current)
      } catch (error) {
        if (error instanceof OidcError) return error
        throw error
      }
      await shared.read()
      return undefined
    },
    reread: () => shared.read(),
    async tend() {
      await shared.read()
      if (!shared.hasLeft) await announceRelease(registrar, shared.record)
      if (!shared.hasLeft && (await runDueTasks(registrar, believeTimes(shared.record, settings))))
        await shared.read()
    },
  }
}

/**
 * Finds what a client is registered with now: another replica may have changed what the provider encrypts, and for which key.
 * Made-up responses are no reason to read each time, and must keep no genuine one from the newest keys: all that come before the next
 * read wait for it.
 */
function reopening(shared: SharedRecord): (clientId: string) => Promise<DecryptionState | undefined> {
  let reopenedAt = Number.NEGATIVE_INFINITY
  let running: Promise<ClientRecord> | undefined

  function reopen(): Promise<ClientRecord> {
    const wait = Math.max(0, reopenedAt + LEAST_AGE - performance.now())
    running ??= pause(wait, undefined, { ref: false }).then(() => {
      running = undefined
      reopenedAt = performance.now()
      return shared.read()
    })
    return running
  }

  return async clientId => {
    await reopen()
    const found = shared.find(clientId)
    return found && { metadata: found.granted, keys: openingKeys(found) }
  }
}
