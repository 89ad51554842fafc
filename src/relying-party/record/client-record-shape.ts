import { canSign } from '../../protocol/client-authentication/client-assertion.ts'
import { isClientInformation, isClientMetadata } from '../../protocol/registration/client-member-types.ts'
import { hasMembers, isFlag, isListOf, isNumber, isOptional, isText, isTime } from '../../vocabulary/json.ts'
import type { ClientInformation, ClientMetadata, JsonWebKey } from '../../vocabulary/oauth2-client.ts'

/** A client that the provider granted, with what it was granted for. Times are milliseconds since 1970. */
export interface GrantedClient {
  readonly clientId: string
  /** Counts the sets of credentials of this app: grows with each registration and each rotation. */
  readonly generation: number
  /** Names what was asked for, so that a change of the options is noticed. */
  readonly asked: string
  /** What that release has to find registered. */
  readonly needs?: ClientMetadata
  readonly granted: ClientInformation
  /** The authentication method that was requested, if the provider granted another one. */
  readonly requestedMethod?: string
  readonly registeredAt: number
  /** When the credentials last changed. */
  readonly rotatedAt: number
  /** Our private key for `private_key_jwt`. */
  readonly privateKey?: JsonWebKey
  /** The key that is about to take its place: recorded before it is sent. */
  readonly nextKey?: JsonWebKey
  /** Since when the next key is served to a provider that fetches the keys. It signs once the provider must have it. */
  readonly nextKeyAt?: number
  /** Where the provider fetches the keys, if that was registered in place of the keys. */
  readonly jwksUri?: string
  /** Private keys for what the provider encrypts, whose public parts are registered. */
  readonly decryptionKeys?: readonly JsonWebKey[]
  /** Those that are about to take their place: recorded before they are sent. */
  readonly nextDecryptionKeys?: readonly JsonWebKey[]
  /** Those that were registered before, for what is still encrypted for them. */
  readonly formerDecryptionKeys?: readonly JsonWebKey[]
  /** Public keys that are still registered, for replicas that sign with their private part until they read again. */
  readonly formerKeys?: readonly FormerKey[]
  /** When its registration was last repaired without success. */
  readonly repairedAt?: number
  /** The secret that is about to take the place of the granted one: recorded before it is sent. */
  readonly nextSecret?: string
}

/** One of the app's public keys. It stays registered until no replica can use it any more. */
interface FormerKey {
  readonly key: JsonWebKey
  readonly replacedAt: number
}

/** A client that new logins no longer begin with. It serves its own logins until they are over. */
export interface RetiringClient extends GrantedClient {
  readonly until: number
}

/** A registration that was begun. It stays in the record if its answer never came. */
export interface PendingRegistration {
  readonly asked: string
  readonly needs?: ClientMetadata
  /** The key that is registered: recorded before it is sent. */
  readonly privateKey?: JsonWebKey
  /** The same for what the provider encrypts. */
  readonly decryptionKeys?: readonly JsonWebKey[]
  readonly begunAt: number
  /** What the provider is asked for, without the keys. */
  readonly requested: ClientMetadata
  /** The provider's answer, recorded before anything is done with it. */
  readonly granted?: ClientInformation
}

/** What was asked for until then. */
export interface SupersededAsk {
  readonly asked: string
  readonly at: number
  /** What that release has to find registered while its replicas run and its sessions last. Absent when they are over. */
  readonly draining?: { readonly needs: ClientMetadata; readonly until: number }
}

/** What is not asked for again, until the options or the provider's discovery document change. */
export interface RefusedRegistration {
  /** Names what was asked for, and of which state of the provider. */
  readonly ask: string
  readonly at: number
  /** Why what was granted cannot be used. Absent if the provider refused an authentication method and accepted the next one. */
  readonly reason?: string
}

/** What the store keeps about this app at one provider. */
export interface ClientRecord {
  readonly format: 1
  /** Names this state of the record. It is random: a counter would start again in a store that has lost its data. */
  readonly id?: string
  /** The states that led to this one, newest first. */
  readonly before?: readonly string[]
  readonly issuer: string
  readonly name: string
  readonly current?: GrantedClient
  readonly retiring?: readonly RetiringClient[]
  readonly pending?: PendingRegistration
  readonly refused?: readonly RefusedRegistration[]
  /** Registrations that were begun and did not succeed, in a row. */
  readonly failures?: number
  /** What was asked for before, so that a replica of an older release does not put it back. */
  readonly superseded?: readonly SupersededAsk[]
  /** Whether the provider refused to change a secret, so that it is not asked again. */
  readonly keepsSecret?: boolean
  /** When clients were registered to take the place of ones that were gone: at most a few a day. */
  readonly healedAt?: readonly number[]
}

/** A record that holds a client. */
export type ReadyRecord = ClientRecord & { readonly current: GrantedClient }

/** Whether a record holds a client. */
export function isReady(record: ClientRecord): record is ReadyRecord {
  return record.current !== undefined
}

/** The members that every key has, and those that say how it is used. The others are its material. */
const isStoredKey = hasMembers<Pick<JsonWebKey, 'kty' | 'kid' | 'alg' | 'use'>>({
  kty: isText,
  kid: isOptional(isText),
  alg: isOptional(isText),
  use: isOptional(isText),
})

/** The provider would refuse whatever a damaged key signs, and the client would seem to be gone. */
const isSigningKey = (value: unknown): boolean => isStoredKey(value) && canSign(value)

const grantedMembers = {
  clientId: isText,
  generation: isNumber,
  asked: isText,
  needs: isOptional(isClientMetadata),
  granted: isClientInformation,
  requestedMethod: isOptional(isText),
  registeredAt: isTime,
  rotatedAt: isTime,
  privateKey: isOptional(isSigningKey),
  nextKey: isOptional(isSigningKey),
  nextKeyAt: isOptional(isTime),
  jwksUri: isOptional(isText),
  decryptionKeys: isOptional(isListOf(isStoredKey)),
  nextDecryptionKeys: isOptional(isListOf(isStoredKey)),
  formerDecryptionKeys: isOptional(isListOf(isStoredKey)),
  formerKeys: isOptional(isListOf(hasMembers<FormerKey>({ key: isStoredKey, replacedAt: isTime }))),
  repairedAt: isOptional(isTime),
  nextSecret: isOptional(isText),
}

const isDraining = hasMembers<NonNullable<SupersededAsk['draining']>>({
  needs: isClientMetadata,
  until: isTime,
})

/** Whether a value is a client record. */
export const isClientRecord = hasMembers<ClientRecord>({
  format: value => value === 1,
  id: isText,
  before: isListOf(isText),
  issuer: isText,
  name: isText,
  current: isOptional(hasMembers<GrantedClient>(grantedMembers)),
  retiring: isOptional(isListOf(hasMembers<RetiringClient>({ ...grantedMembers, until: isTime }))),
  pending: isOptional(
    hasMembers<PendingRegistration>({
      asked: isText,
      needs: isOptional(isClientMetadata),
      privateKey: isOptional(isSigningKey),
      decryptionKeys: isOptional(isListOf(isStoredKey)),
      begunAt: isTime,
      requested: isClientMetadata,
      granted: isOptional(isClientInformation),
    }),
  ),
  refused: isOptional(
    isListOf(hasMembers<RefusedRegistration>({ ask: isText, at: isTime, reason: isOptional(isText) })),
  ),
  failures: isOptional(isNumber),
  superseded: isOptional(
    isListOf(hasMembers<SupersededAsk>({ asked: isText, at: isTime, draining: isOptional(isDraining) })),
  ),
  keepsSecret: isOptional(isFlag),
  healedAt: isOptional(isListOf(isTime)),
})
