import type { Settings } from '../relying-party/options/settings.ts'
import type { GrantedClient } from '../relying-party/record/client-record-shape.ts'
import { covers } from '../relying-party/record/coverage.ts'
import { isObject } from '../vocabulary/json.ts'
import type { ClientInformation, ClientMetadata, RequestedMetadata } from '../vocabulary/oauth2-client.ts'
import { comparableLifespan } from '../vocabulary/token-lifespans.ts'

/** A member that has different values on two sides. The values are safe to show. */
export interface Difference {
  readonly member: string
  readonly recorded: unknown
  readonly provider: unknown
}

/** Names of members that are only shown with an explicit flag. */
const secretName = /secret$|token$|password|private|^software_statement$/i

/** Members that say nothing about what the client may do, or that a provider sends only once. */
const incomparable = [
  'registration_access_token',
  'registration_client_uri',
  'created_at',
  'updated_at',
  'metadata',
]

/** The differences between the record of a client and the provider's answer. */
export function differencesOf(recorded: ClientInformation, provider: ClientInformation): Difference[] {
  const members = [...new Set([...Object.keys(recorded), ...Object.keys(provider)])].sort()
  return members
    .filter(member => !incomparable.includes(member))
    .filter(member => comparable(member, recorded[member]) !== comparable(member, provider[member]))
    .map(member => differenceOf(member, recorded[member], provider[member]))
}

/** What the options ask for and the provider does not have yet. */
export function missingFrom(provider: ClientInformation, asked: RequestedMetadata): Difference[] {
  return Object.entries(asked)
    .filter(([member, value]) => !covers(provider, { [member]: value }))
    .map(([member, value]) => differenceOf(member, value, provider[member]))
}

/** The members of a client that are not secret. */
export function shownMembers(client: ClientInformation): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(client).flatMap(([member, value]) =>
      secretName.test(member) ? [] : [[member, shown(member, value)]],
    ),
  )
}

/** The secrets of a client. */
export function secretsOf({ granted, privateKey, decryptionKeys }: GrantedClient): Record<string, unknown> {
  const { client_secret, registration_access_token } = granted
  const all = {
    clientSecret: client_secret,
    registrationAccessToken: registration_access_token,
    privateKey,
    decryptionKeys,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** An address of the app that must be registered. */
export interface Address {
  readonly what: string
  readonly uri: string
  /** `undefined` where the provider does not say. */
  readonly isRegistered: boolean | undefined
}

/** The addresses that must be registered with these options, and whether they are. */
export function addressesOf(client: ClientMetadata, settings: Settings): Address[] {
  const { addresses, backchannelLogoutUri, frontchannelLogoutUri } = settings
  const addressOf = (
    what: string,
    uri: string | undefined,
    registered: string | readonly string[] | undefined,
  ) =>
    uri === undefined
      ? []
      : [
          {
            what,
            uri,
            isRegistered: registered === undefined ? undefined : [registered].flat().includes(uri),
          },
        ]
  return [
    ...addresses.flatMap(({ redirectUri, postLogoutRedirectUri }) => [
      ...addressOf('redirect URI', redirectUri, client.redirect_uris),
      ...addressOf('post-logout redirect URI', postLogoutRedirectUri, client.post_logout_redirect_uris),
    ]),
    // A provider without such a logout leaves the address out.
    ...addressOf('back-channel logout URI', backchannelLogoutUri, client.backchannel_logout_uri).filter(
      isSaid,
    ),
    ...addressOf('front-channel logout URI', frontchannelLogoutUri, client.frontchannel_logout_uri).filter(
      isSaid,
    ),
  ]
}

const isSaid = ({ isRegistered }: Address): boolean => isRegistered !== undefined

function differenceOf(member: string, recorded: unknown, provider: unknown): Difference {
  if (secretName.test(member)) return { member, recorded: hidden(recorded), provider: hidden(provider) }
  return { member, recorded: shown(member, recorded), provider: shown(member, provider) }
}

const hidden = (value: unknown): string | undefined => (value === undefined ? undefined : '(not shown)')

/** For keys, their names; for the address, no query, which may contain a token; for the rest, no secrets inside. */
function shown(member: string, value: unknown): unknown {
  if (member === 'jwks') return keyNames(value)
  if (member === 'registration_client_uri') return String(value).replace(/\?.*$/s, '')
  return withoutSecrets(value)
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (!isObject(value)) return value
  const members = Object.entries(value)
  return Object.fromEntries(
    members.map(([name, one]) => [name, secretName.test(name) ? hidden(one) : withoutSecrets(one)]),
  )
}

function keyNames(value: unknown): unknown {
  const keys = isObject(value) ? value['keys'] : undefined
  if (!Array.isArray(keys)) return undefined
  return keys.map((key: unknown) => (isObject(key) ? (key['kid'] ?? '?') : '?'))
}

/**
 * Neither the order of a list nor that of scopes makes a difference, nor how a duration is written; an empty list is the same
 * as none.
 */
function comparable(member: string, given: unknown): string {
  const value = comparableLifespan(member, given)
  const list = Array.isArray(value) ? value : typeof value === 'string' ? value.split(' ') : undefined
  if (list) return JSON.stringify(list.map(String).sort())
  return value === undefined ? '[]' : JSON.stringify(keyNames(value) ?? value)
}
