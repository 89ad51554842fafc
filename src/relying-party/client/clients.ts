import { buildStaticCredentials } from '../../protocol/provider/client-authentication.ts'
import { buildConnection, type Connection, type Provider } from '../../protocol/provider/connection.ts'
import { probeClient } from '../../protocol/registration/probe.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { StaticClient } from '../options/client-options.ts'
import { clientHealing } from './client-healing.ts'
import { isAlive } from './client-liveness.ts'
import { changeClientRecord, readClientRecord } from './client-record.ts'
import { type ClientRecord, type GrantedClient, isReady, type ReadyRecord } from './client-record-shape.ts'
import { runDueTasks } from './maintenance-tasks.ts'
import { isSameClient, settleCopies } from './record-copies.ts'
import type { Registrar } from './registrar.ts'
import { withheldScopes } from './replacement.ts'
import { announceRelease } from './superseded-releases.ts'

/** Our clients at a provider, as they are in use: the current one and those that serve their last sessions. */
export interface Clients {
  /** The client that new logins begin with. */
  current(): Promise<Connection>
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
  /** Reads the record again and does what is due. */
  tend(): Promise<void>
  /** The record, where this app registered itself. */
  readonly record: ReadyRecord | undefined
}

/** The client that an administrator has made. */
export function staticClients(provider: Provider, given: StaticClient, redirectUri: string): Clients {
  const credentials = buildStaticCredentials(given, provider)
  const connection = buildConnection(provider, credentials)
  connection.catch(() => undefined) // each caller gets the failure
  return {
    current: () => connection,
    known: async id => (id === given.clientId ? connection : undefined),
    withId: async id => (id === given.clientId ? connection : undefined),
    heal: async () => ((await credentials.source?.renew()) ? connection : undefined),
    async check() {
      if (await probeClient(await connection, redirectUri)) return undefined
      return new OidcError('ERR_OIDC_CLIENT_REFUSED', {
        message: `The provider does not accept client ${given.clientId}. Check that it exists there, and the credentials in options.client.`,
      })
    },
    tend: async () => undefined,
    record: undefined,
  }
}

/** The clients of an app that registers itself, kept in step with the record that its replicas share. */
export function registeredClients(registrar: Registrar, first: ReadyRecord): Clients {
  const { settings, provider } = registrar
  let record = first
  let hasLeft = false
  let readAt = Date.now()
  const heal = clientHealing(registrar)
  const connections = new Map<GrantedClient, Promise<Connection>>()

  function connectionOf(client: GrantedClient): Promise<Connection> {
    const known =
      connections.get(client) ??
      buildConnection(provider, { ...client, withheldScopes: withheldScopes(client) })
    connections.set(client, known)
    return known
  }

  async function read(): Promise<void> {
    const settle = (found: ClientRecord): ClientRecord | undefined => settleCopies(found, record, settings)
    const { record: found } = await readClientRecord(settings)
    const latest = settle(found) ? await changeClientRecord(settings, settle) : found
    readAt = Date.now()
    hasLeft = latest.current === undefined
    if (!isReady(latest) || latest.id === record.id) return
    record = latest
    connections.clear()
  }

  function find(clientId: string): GrantedClient | undefined {
    return [record.current, ...(record.retiring ?? [])].find(client => client.clientId === clientId)
  }

  async function readIfOld(): Promise<void> {
    if (Date.now() - readAt > settings.rereadEvery) await read()
  }

  async function known(clientId: string): Promise<Connection | undefined> {
    await readIfOld()
    const found = find(clientId)
    return found && connectionOf(found)
  }

  return {
    get record() {
      return hasLeft ? undefined : record
    },
    async current() {
      await readIfOld()
      if (hasLeft)
        throw new OidcError('ERR_OIDC_NOT_READY', {
          message: 'This app was unregistered at the provider. Restart it to register it again.',
        })
      return connectionOf(record.current)
    },
    known,
    async withId(clientId) {
      const connection = await known(clientId)
      if (connection) return connection
      await read() // another replica may have registered it a moment ago
      return known(clientId)
    },
    async heal(refused) {
      await read()
      if (!isSameClient(record.current, refused)) return connectionOf(record.current) // renewed by another replica
      await heal(record.current)
      await read()
      return connectionOf(record.current)
    },
    async check(onRefused) {
      await read()
      const client = record.current
      if (hasLeft || (await isAlive(registrar, client))) return undefined
      onRefused()
      try {
        await heal(client)
      } catch (error) {
        if (error instanceof OidcError) return error
        throw error
      }
      await read()
      return undefined
    },
    async tend() {
      await read()
      if (!hasLeft) await announceRelease(registrar, record)
      if (!hasLeft && (await runDueTasks(registrar, record))) await read()
    },
  }
}
