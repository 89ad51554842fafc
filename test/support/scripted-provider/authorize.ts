import { randomBytes, randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { type Answer, Refusal, redirect, sendHtml } from './exchange.ts'
import { askedFor } from './pushed-request.ts'
import type { ProviderState } from './state.ts'

/** Signs the user in without asking and sends the browser back at once (OpenID Connect Core §3.1.2). */
export function authorize(state: ProviderState): Answer {
  return async function authorize(request, response) {
    const asked = askedFor(state, request)
    const redirectUri = registeredRedirectUri(state, asked)
    const problem = problemWith(asked)
    const outcome = problem ?? { code: newCode(state, asked, redirectUri) }
    const { state: opaque } = Object.fromEntries(asked)
    const usual = { ...outcome, ...(opaque !== undefined && { state: opaque }), iss: state.issuer }
    const plain = state.authorizationResponse(usual, asked)
    const mode = asked.get('response_mode') ?? 'query'
    const parameters = mode.endsWith('jwt') ? { response: await sign(state, plain, asked) } : plain
    if (mode.startsWith('form_post')) sendForm(response, redirectUri, parameters)
    else redirect(response, 303, withQuery(redirectUri, parameters))
  }
}

/** JARM §2.1. */
async function sign(
  state: ProviderState,
  parameters: Readonly<Record<string, string>>,
  asked: URLSearchParams,
): Promise<string> {
  const exp = Math.floor(Date.now() / 1_000) + 60
  const claims = { ...parameters, iss: state.issuer, aud: asked.get('client_id'), exp }
  const changed = await state.signedResponse(claims, {})
  return typeof changed === 'string' ? changed : state.sign(changed.claims, changed.header)
}

/** Adds parameters to a URL that may have a query already. */
export function withQuery(url: string, parameters: Readonly<Record<string, string>>): string {
  const target = new URL(url)
  for (const [name, value] of Object.entries(parameters)) target.searchParams.append(name, value)
  return target.href
}

// RFC 6749 §4.1.2.1: with a wrong client or redirect URI the user must not be sent anywhere.
function registeredRedirectUri(state: ProviderState, asked: URLSearchParams): string {
  const client = state.clients.get(asked.get('client_id') ?? '')
  const redirectUri = asked.get('redirect_uri')
  if (client === undefined) throw new Refusal(400, 'invalid_client', 'The client is unknown.')
  const { redirect_uris: registered } = client
  if (redirectUri === null || !Array.isArray(registered) || !registered.includes(redirectUri)) {
    throw new Refusal(400, 'invalid_request', 'The redirect_uri is not registered.')
  }
  return redirectUri
}

type Problem = { readonly error: string; readonly error_description: string }

function problemWith(asked: URLSearchParams): Problem | undefined {
  const mode = asked.get('response_mode') ?? 'query'
  const invalid = (error_description: string): Problem => ({ error: 'invalid_request', error_description })
  if (asked.get('response_type') !== 'code') {
    return { error: 'unsupported_response_type', error_description: 'response_type must be code.' }
  }
  if (!scopesOf(asked).includes('openid')) {
    return { error: 'invalid_scope', error_description: 'scope must have openid.' }
  }
  if (!['query', 'form_post', 'jwt', 'form_post.jwt'].includes(mode))
    return invalid('response_mode is not supported.')
  if (asked.get('code_challenge_method') !== 'S256') return invalid('code_challenge_method must be S256.')
  if (asked.get('code_challenge')?.length !== 43) return invalid('code_challenge must be an S256 hash.')
  return undefined
}

function scopesOf(asked: URLSearchParams): string[] {
  return asked.get('scope')?.split(' ') ?? []
}

function newCode(state: ProviderState, asked: URLSearchParams, redirectUri: string): string {
  const code = randomBytes(24).toString('base64url')
  state.codes.set(code, {
    clientId: asked.get('client_id') ?? '',
    redirectUri,
    codeChallenge: asked.get('code_challenge') ?? '',
    scope: asked.get('scope') ?? '',
    nonce: asked.get('nonce') ?? undefined,
    sub: state.user.sub,
    sid: randomUUID(),
    authTime: Math.floor(Date.now() / 1000),
    asked,
  })
  return code
}

function sendForm(response: ServerResponse, action: string, fields: Readonly<Record<string, string>>): void {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  )
  const button = '<noscript><button>Continue</button></noscript>'
  const form = `<form method="post" action="${escaped(action)}">${inputs.join('')}${button}</form>`
  sendHtml(response, 200, `<body onload="document.forms[0].submit()">${form}</body>`)
}

function escaped(value: string): string {
  return value.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
