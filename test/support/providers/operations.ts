import { inspect } from 'node:util'
import type { ClientInformation, OidcApi } from '../../../src/index.ts'
import type { ManagementAuthentication } from '../../../src/protocol/registration/client-management.ts'
import type { ProviderOperation } from '../../../src/vocabulary/api-error.ts'

/** Every secret that these operations send begins so. */
export const CANARY = 'CANARY'

/** A client as its registration returned it. */
export const credentials: ClientInformation = {
  client_id: 'client-1',
  client_secret: `${CANARY} secret/+&=`,
  registration_access_token: `${CANARY}-registration-access-token`,
}

/** What is registered in the tests of answers. */
export const REDIRECT_URI = 'https://app.example/callback'

export interface Operation {
  readonly name: ProviderOperation
  /** Where it arrives at the scripted provider. */
  readonly endpoint: 'discovery' | 'register' | 'client' | 'userinfo'
  /** Operations that fail alike. */
  readonly kind: 'discovery' | 'read' | 'change' | 'user'
  readonly call: (api: OidcApi) => Promise<unknown>
}

/** The operations that read an answer of the provider; `revokeOidcSession` only builds a URL. */
export const operations: readonly Operation[] = [
  {
    name: 'discoverOidcConfiguration',
    endpoint: 'discovery',
    kind: 'discovery',
    call: api => api.discoverOidcConfiguration(),
  },
  {
    name: 'createOidcDynamicClient',
    endpoint: 'register',
    kind: 'change',
    call: api =>
      api.createOidcDynamicClient(
        { redirect_uris: [REDIRECT_URI] },
        { initialAccessToken: `${CANARY}-initial-access-token` },
      ),
  },
  {
    name: 'getOidcDynamicClient',
    endpoint: 'client',
    kind: 'read',
    call: api => api.getOidcDynamicClient(credentials),
  },
  {
    name: 'setOidcDynamicClient',
    endpoint: 'client',
    kind: 'change',
    call: api => api.setOidcDynamicClient(credentials, { redirect_uris: [REDIRECT_URI] }),
  },
  {
    name: 'deleteOidcDynamicClient',
    endpoint: 'client',
    kind: 'change',
    call: api => api.deleteOidcDynamicClient(credentials),
  },
  {
    name: 'getOidcUserInfo',
    endpoint: 'userinfo',
    kind: 'user',
    call: api => api.getOidcUserInfo(`${CANARY}-access-token`),
  },
]

/** How get, set and delete can prove whose client it is. */
export const managements: readonly ManagementAuthentication[] = [
  'registration_access_token',
  'client_secret_basic',
  'client_secret_post',
]

/** The address that a `fetch` was called with. */
export function addressOf(input: Parameters<typeof fetch>[0]): string {
  return input instanceof Request ? input.url : input.toString()
}

/** What an operation throws. */
export async function failureOf(pending: () => Promise<unknown>): Promise<Record<string, unknown> & Error> {
  try {
    await pending()
  } catch (error) {
    return error as Record<string, unknown> & Error
  }
  throw new Error('The operation succeeded.')
}

/** All that a log can show of an error. */
export function shownOf(error: unknown): string {
  const text = `${inspect(error, { depth: 12, showHidden: true })}\n${JSON.stringify(error)}\n${String(error)}`
  return `${text}\n${decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, '%25')).replaceAll('+', ' ')}`
}
