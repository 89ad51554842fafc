import * as client from 'openid-client'
import type { Connection } from './connection.ts'

/** What a sign-out at the provider carries (OpenID Connect RP-Initiated Logout 1.0 §2). */
export interface EndSessionRequest {
  /** The newest ID token of the login that ends; the provider accepts it when it has expired. */
  readonly idToken: string | undefined
  readonly postLogoutRedirectUri: string
  readonly state: string
}

/** Builds the URL of a sign-out at the provider, or `undefined` if the provider has no such endpoint. */
export function buildEndSessionUrl(connection: Connection, request: EndSessionRequest): URL | undefined {
  if (connection.metadata.end_session_endpoint === undefined) return undefined
  return client.buildEndSessionUrl(connection.configuration, {
    post_logout_redirect_uri: request.postLogoutRedirectUri,
    state: request.state,
    ...(request.idToken === undefined ? {} : { id_token_hint: request.idToken }),
  })
}
