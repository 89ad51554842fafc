import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Recorded } from '../scripted-provider/exchange.ts'
import type { HydraError } from './errors.ts'

/** The parameters of a form post; anything else is read as an empty form. */
export function postForm(request: Recorded): URLSearchParams {
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  return new URLSearchParams(isForm ? request.body : '')
}

/** Hydra facts §3.1, §1.7: a form and the query are read as one, the form first. */
export function parametersOf(request: Recorded): URLSearchParams {
  return new URLSearchParams([...postForm(request), ...request.query])
}

/** Hydra facts §1.3, §1.7: a bearer token may come as header, whatever its case, or as parameter. */
export function bearerTokenOf(request: Recorded): string | undefined {
  const [, token] = /^bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  return token ?? parametersOf(request).get('access_token') ?? undefined
}

/** The value of a cookie. */
export function cookieOf(request: Recorded, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? '').split('; ')
  return pairs.find(pair => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** Hydra facts §7: with `--dev` cookies are Lax and not Secure. */
export function setCookie(response: ServerResponse, name: string, value: string, maxAge = 3600): void {
  const line = `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax`
  response.appendHeader('set-cookie', line)
}

/** Hydra facts §1.0: the content type of what went well says its charset. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(JSON.stringify(body))
}

/** Hydra facts §1.0: the content type of an error does not. */
export function sendError(
  response: ServerResponse,
  error: HydraError,
  headers: OutgoingHttpHeaders = {},
): void {
  response.writeHead(error.status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(error.body))
}

/** Hydra facts §4: the token endpoint and revocation have a writer of their own. */
export function sendTokenJson(response: ServerResponse, status: number, body: unknown): void {
  const headers = { 'cache-control': 'no-store', pragma: 'no-cache' }
  response.writeHead(status, { ...headers, 'content-type': 'application/json;charset=UTF-8' })
  response.end(JSON.stringify(body))
}

export function sendPage(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
  response.end(`<!doctype html><title>Scripted Hydra</title>${body}`)
}

export function redirect(response: ServerResponse, status: 302 | 303, location: string): void {
  response.writeHead(status, { location }).end()
}

/** Hydra facts §3.1, §2.8: errors that the app must not see go to a page of Hydra's, which answers 500. */
export function redirectToErrorPage(response: ServerResponse, issuer: string, error: HydraError): void {
  redirect(response, 302, withQuery(`${issuer}/oauth2/fallbacks/error`, error.body))
}

/** Adds parameters to a URL that may have a query already. */
export function withQuery(url: string, parameters: Readonly<Record<string, string>>): string {
  const target = new URL(url)
  for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value)
  return target.href
}

export function escapeHtml(value: string): string {
  return value.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
