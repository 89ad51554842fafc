import type { Settings } from '../../relying-party/options/settings.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { MOST_AHEAD } from '../../vocabulary/stored-times.ts'
import type { AccessToken, Tokens } from '../login/token-record.ts'

/** What an access token is needed for. */
export interface AccessTokenOptions {
  /** Seconds for which it must still be valid, at most half of its lifetime. Default 10. */
  readonly minValidity?: number
  /** A part of the scope that was granted, separated by spaces (RFC 6749 §6). */
  readonly scope?: string
  /** The API that it is for, an absolute URL (RFC 8707 §2). */
  readonly resource?: string
}

/** The access token that is needed. */
export interface WantedToken {
  /** Its key among the narrowed tokens; empty for the token with the whole granted scope. */
  readonly key: string
  /** Milliseconds. */
  readonly minValidity: number
  readonly parameters: { readonly scope?: string; readonly resource?: string }
  /** One that an API has refused. */
  readonly refused: string | undefined
  /** Whether that one is of no use to any API, because the key that it is bound to is gone. */
  readonly isKeyLost?: boolean
}

const USUAL_VALIDITY = 10
/** Milliseconds for which a new token is not renewed even if an API refuses it: another one would be refused too. */
const YOUNG = 30_000

/** Parses the options, and refuses those that no token can satisfy. */
export function buildWanted(options: AccessTokenOptions, refused?: string): WantedToken {
  const { minValidity = USUAL_VALIDITY, scope, resource } = options
  if (typeof minValidity !== 'number' || !(minValidity >= 0))
    throw wrong('minValidity must be a number of seconds, 0 or more')
  if (scope !== undefined && (typeof scope !== 'string' || scope.trim() === ''))
    throw wrong('scope must name a part of the scope, separated by spaces')
  if (resource !== undefined && !isResource(resource))
    throw wrong('resource must be an absolute URL without a fragment')
  const words = scope && [...new Set(scope.trim().split(/\s+/))].sort().join(' ')
  const parameters = { ...(words && { scope: words }), ...(resource !== undefined && { resource }) }
  const isWhole = words === undefined && resource === undefined
  const key = isWhole ? '' : JSON.stringify(parameters)
  return { key, minValidity: minValidity * 1_000, parameters, refused }
}

/** The stored token for this purpose. */
export function findToken(tokens: Tokens, { key }: WantedToken): AccessToken | undefined {
  return key === '' ? tokens : tokens.narrowed?.[key]
}

/** Whether a token can be handed out. */
export function isGood(
  { since }: Pick<Settings, 'since'>,
  token: AccessToken,
  { minValidity, refused, isKeyLost = false }: WantedToken,
): boolean {
  if (token.obtainedAt > Date.now() + MOST_AHEAD) return false
  const isYoung = Date.now() - since(token.obtainedAt) <= YOUNG
  if (token.accessToken === refused && (isKeyLost || !isYoung)) return false
  if (token.expiresAt === undefined) return true
  return token.expiresAt - Date.now() > Math.min(minValidity, (token.expiresAt - token.obtainedAt) / 2)
}

/** Whether a token is still valid at all. */
export function isValid({ obtainedAt, expiresAt = Number.POSITIVE_INFINITY }: AccessToken): boolean {
  const now = Date.now()
  return expiresAt > now && obtainedAt <= now + MOST_AHEAD
}

/** RFC 8707 §2. */
function isResource(resource: unknown): boolean {
  return typeof resource === 'string' && URL.canParse(resource) && !resource.includes('#')
}

function wrong(rule: string): OidcError {
  return new OidcError('ERR_OIDC_INVALID_OPTION', { message: `getAccessToken: ${rule}.` })
}
