import { isTenantId, type Tenants } from '../../protocol/metadata/issuer-template.ts'
import { endpointNames } from '../../protocol/provider/provider-endpoints.ts'
import { isConfidential } from '../../protocol/requests/confidential-url.ts'
import { optionError } from './option-error.ts'
import { members, type Parser, text } from './parser.ts'

/** Keeps the issuer exactly as written, because it is compared character by character (OpenID Connect Discovery 1.0 §4.3). */
export const issuer: Parser<string> = (value, path) => {
  const given = text(value, path)
  const { href } = parseUrl(path, given, 'ISSUER_BASE_URL')
  const [document] = /\/\.well-known\/.*/.exec(href) ?? []
  if (document === undefined) return String(given)
  throw optionError(
    path,
    `must not be the address of a document: leave out ${document}. The issuer is probably ${href.replace(document, '')}`,
  )
}

/** One URL or several. The app's routes are mounted once, so they are at the same path of every origin. */
export const baseUrls: Parser<readonly [string, ...string[]]> = (value, path) => {
  const given: unknown[] = Array.isArray(value) ? value : [value]
  const nameOf = (index: number): string => (given.length > 1 ? `${path}[${index}]` : path)
  const [main, ...others] = given.map((one, index) => baseUrl(one, nameOf(index)))
  if (main === undefined) throw optionError(path, 'must contain at least one URL')
  for (const [index, other] of others.entries()) {
    const name = nameOf(index + 1)
    if (new URL(other).pathname !== new URL(main).pathname)
      throw optionError(name, `must have the same path as the first URL, ${main}`)
    if ([main, ...others].indexOf(other) <= index) throw optionError(name, `must not repeat ${other}`)
  }
  return Object.freeze([main, ...others] as const)
}

const baseUrl: Parser<string> = (value, path) => {
  const url = parseUrl(path, text(value, path), 'BASE_URL')
  if (isConfidential(url)) return url.href.replace(/\/+$/, '')
  throw optionError(
    path,
    'must use https; http is only for localhost. Behind a proxy that terminates TLS, set the public https address',
  )
}

function parseUrl(path: string, value: string | undefined, variable: string): URL {
  if (value === undefined || value === '')
    throw optionError(path, `is required. Set it in code, or as ${variable} in the environment`)
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    throw optionError(path, 'must be an absolute URL such as https://app.example')
  if (url.username || url.password) throw optionError(path, 'must not contain a user name or password')
  if (/[?#]/.test(value)) throw optionError(path, 'must have neither a query nor a fragment')
  return url
}

/** Access tokens may be sent to every address in this list, so each must be exactly one origin. */
export const apiOrigins: Parser<readonly string[]> = (value = [], path) => {
  if (!Array.isArray(value) || !value.every(member => typeof member === 'string'))
    throw optionError(path, 'must be an array of strings')
  return Object.freeze(value.map(origin => parseOrigin(origin, path)))
}

function parseOrigin(origin: string, path: string): string {
  const url = URL.canParse(origin) ? new URL(origin) : undefined
  const isOrigin = url && [url.origin, `${url.origin}/`].includes(origin) && !origin.includes('*')
  if (isOrigin && isConfidential(url)) return url.origin
  throw optionError(
    path,
    'must only contain origins with https, such as https://api.example; http is only for localhost',
  )
}

/** An address that only servers request, possibly in a private network. Http is allowed. */
export const serverUrl: Parser<string | undefined> = (value, path) => {
  if (value === undefined) return undefined
  if (typeof value === 'string' && URL.canParse(value) && !value.includes('#')) {
    const { protocol, username, password } = new URL(value)
    if (/^https?:$/.test(protocol) && !username && !password) return value
  }
  throw optionError(
    path,
    'must be an absolute http or https URL without a fragment, a user name or a password',
  )
}

const parseEndpoints = members(Object.fromEntries(endpointNames.map(name => [name, serverUrl])))

/** Keeps only the members that were given; each replaces a discovered one. Discovery decides whether http is allowed. */
export const endpoints: Parser<Readonly<Record<string, string>>> = (value, path) => {
  const given = Object.entries(parseEndpoints(value, path))
  return Object.freeze(
    Object.fromEntries(given.flatMap(([name, url]) => (url === undefined ? [] : [[name, url]]))),
  )
}

/** Where the document is. Discovery decides whether http is allowed. */
export const discoveryUrl: Parser<string | undefined> = (value, path) => {
  const url = serverUrl(value, path)
  if (url === undefined || url.includes('/.well-known/')) return url
  throw optionError(
    path,
    'must be the whole address of the document, such as https://op.example/t/.well-known/openid-configuration',
  )
}

/** A name such as `common` admits nobody in particular, so only ids are taken. */
export const tenants: Parser<Tenants | undefined> = (value, path) => {
  if (value === undefined || typeof value === 'function') return value as Tenants | undefined
  if (Array.isArray(value) && value.length > 0 && value.every(isTenantId)) return Object.freeze([...value])
  throw optionError(path, 'must be an array of tenant ids (GUIDs in lower case), at least one, or a function')
}
