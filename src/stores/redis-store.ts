import { randomUUID } from 'node:crypto'
import { isVisibleAscii } from '../vocabulary/ascii.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { isObject } from '../vocabulary/json.ts'
import { addressIn, clientError, storeOptionError, verifyOptionNames } from './client-arguments.ts'
import type { SetOptions, Store, StoredValue } from './store.ts'

/** A client or a pool of node-redis. */
interface NodeRedis {
  /** Whether the client is connected or connecting. */
  readonly isOpen: boolean
  /** Sends one command. */
  sendCommand(args: string[]): Promise<unknown>
}

/** A cluster of node-redis, which must be told the key. */
interface NodeRedisCluster {
  /** Tells a cluster from other clients. */
  getSlotMaster(slot: number): unknown
  /** Sends one command to the node that has the key. */
  sendCommand(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>
}

/** A sentinel of node-redis. */
interface NodeRedisSentinel {
  /** Tells a sentinel from other clients. */
  getMasterNode(): unknown
  /** Sends one command. */
  sendCommand(isReadonly: boolean, args: string[]): Promise<unknown>
}

/** A client or a cluster of ioredis. */
interface IoRedis {
  /** Sends one command. */
  call(command: string, ...args: string[]): Promise<unknown>
}

/** Any other client, behind one function. */
interface CommandSender {
  /** Sends one command, given as its words, and returns the reply. */
  sendCommand(...args: string[]): Promise<unknown>
}

/**
 * What {@link redisStore} accepts: any client of `redis` (node-redis 5 and later) or `ioredis`, or an object with a function
 * that sends one command and returns its reply.
 */
export type RedisClient = NodeRedis | NodeRedisCluster | NodeRedisSentinel | IoRedis | CommandSender

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /** The prefix of every key. At most 100 characters of printable ASCII. Default `oidc:`. */
  readonly prefix?: string
}

type Command = readonly [name: string, ...args: string[]]
type Send = (key: string, command: Command) => Promise<unknown>

/** The length of a version, and of a version with the line break that separates it from the value. */
const HEAD = 37

/**
 * Writes if the version is the expected one. If it is the new one, the client has sent the command a second time after
 * a lost reply, as ioredis does: then the first attempt succeeded and must be reported as such.
 */
const WRITE_IF = `
local head = redis.call('GETRANGE', KEYS[1], 0, ${HEAD - 1})
if head == ARGV[2] then return 1 end
if head ~= ARGV[1] then return 0 end
if ARGV[4] == '' then redis.call('SET', KEYS[1], ARGV[2] .. ARGV[3])
else redis.call('SET', KEYS[1], ARGV[2] .. ARGV[3], 'PX', ARGV[4]) end
return 1`

const DELETE_IF = `
if redis.call('GETRANGE', KEYS[1], 0, ${HEAD - 1}) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`

/**
 * Creates a store in Redis that all replicas of an app share. Each value is one string, `version\nvalue`, so a read is
 * a plain `GET`, and a command uses one key, as a cluster requires. Conditions are checked by scripts in Redis itself.
 *
 * The client remains yours: connect it, listen to its `error` events, and close it. Redis must not evict keys
 * (`maxmemory-policy noeviction`), should keep them across restarts (`appendonly yes`), and reads must go to the master.
 *
 * @example
 * ```ts
 * import { createClient } from 'redis'
 * import { relyingParty } from 'express-oidc-rp'
 * import { redisStore } from 'express-oidc-rp/redis'
 *
 * const client = createClient({ url: process.env['REDIS_URL'] ?? 'redis://localhost' })
 * client.on('error', console.error)
 * await client.connect()
 * app.use(relyingParty({ issuer, baseUrl, name: 'shop', store: redisStore(client) }))
 * ```
 * @throws `ERR_OIDC_INVALID_OPTION` if the argument is not a client, or an option is not valid.
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): Store {
  const send = senderOf(client)
  const prefix = prefixOf(options)
  const location = `Redis${addressOf(client)} (keys ${prefix}*)`

  return Object.freeze<Store>({
    shared: true,
    location,
    durability: 'durable',
    async get(key) {
      const reply = await send(prefix + key, ['GET', prefix + key])
      return reply == null ? undefined : parse(textOf(reply), key, location)
    },
    async set(key, value, setOptions = {}) {
      const version = randomUUID()
      const command = setCommand(prefix + key, `${version}\n`, value, setOptions)
      return isDone(await send(prefix + key, command)) ? version : undefined
    },
    delete: async (key, { ifVersion } = {}) =>
      isDone(await send(prefix + key, deleteCommand(prefix + key, ifVersion))),
  })
}

function setCommand(
  name: string,
  head: string,
  value: string,
  { ifAbsent, ifVersion, lifetime }: SetOptions,
): Command {
  const milliseconds = expiryOf(lifetime)
  if (!ifAbsent && ifVersion === undefined)
    return ['SET', name, head + value, ...(milliseconds === '' ? [] : ['PX', milliseconds])]
  const expected = ifVersion === undefined ? '' : `${ifVersion}\n`
  return ['EVAL', WRITE_IF, '1', name, expected, head, value, milliseconds]
}

function deleteCommand(name: string, ifVersion: string | undefined): Command {
  return ifVersion === undefined ? ['DEL', name] : ['EVAL', DELETE_IF, '1', name, `${ifVersion}\n`]
}

/** `SET` replies with OK, a script and `DEL` with a number. */
function isDone(reply: unknown): boolean {
  const text = textOf(reply)
  if (['OK', '1', '0'].includes(text)) return text !== '0'
  throw new Error('the client returned something other than a reply of Redis')
}

/** A reply as text: clients can be configured to return bytes. */
function textOf(reply: unknown): string {
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString()
  return ['string', 'number', 'bigint'].includes(typeof reply) ? String(reply) : ''
}

/** Finds out once how this client sends commands. */
function senderOf(client: RedisClient): Send {
  verifyClient(client)
  if ('call' in client) return (_, [name, ...args]) => client.call(name, ...args)
  if ('getSlotMaster' in client) return (key, command) => client.sendCommand(key, false, [...command])
  if ('getMasterNode' in client) return (_, command) => client.sendCommand(false, [...command])
  if ('isOpen' in client) return (_, command) => client.sendCommand([...command])
  return (_, command) => client.sendCommand(...command)
}

function verifyClient(client: unknown): void {
  const isClient =
    isObject(client) &&
    !(client instanceof Function) &&
    (typeof client['call'] === 'function' || typeof client['sendCommand'] === 'function')
  if (isClient) return
  const wanted = 'a client of node-redis (redis) or of ioredis, or an object with sendCommand(...args)'
  throw clientError('redisStore', wanted, client)
}

function prefixOf(options: RedisStoreOptions): string {
  verifyOptionNames('redisStore', options, ['prefix'])
  const { prefix = 'oidc:' } = options
  if (typeof prefix !== 'string' || prefix.length > 100 || !isVisibleAscii(prefix))
    throw storeOptionError('redisStore', 'options.prefix must be at most 100 characters of printable ASCII')
  return prefix
}

/** node-redis has the address in `options.socket`, ioredis in `options`. */
function addressOf(client: unknown): string {
  const options = isObject(client) ? client['options'] : undefined
  return addressIn(isObject(options) && isObject(options['socket']) ? options['socket'] : options)
}

/** Milliseconds as Redis expects them: an integer of at least one, or an empty string for no expiry. */
function expiryOf(lifetime: number | undefined): string {
  if (lifetime === undefined || lifetime === Number.POSITIVE_INFINITY) return ''
  return String(Math.max(1, Math.ceil(lifetime * 1_000)))
}

function parse(stored: string, key: string, location: string): StoredValue {
  if (/^[0-9a-f-]{36}\n/.test(stored))
    return { version: stored.slice(0, HEAD - 1), value: stored.slice(HEAD) }
  throw new OidcError('ERR_OIDC_STORE_CORRUPT', {
    message: `A key of the kind "${key.replace(/:.*/s, '')}" in ${location} was not written by this library. Delete it, or choose a different prefix.`,
  })
}
