import type { ServerResponse } from 'node:http'
import type { Answer, Recorded } from '../scripted-provider/exchange.ts'
import { refuseRequest, registeredRedirectUri } from './authorization-request.ts'
import { HydraError, protocolError } from './errors.ts'
import { newToken } from './registration.ts'
import { currentSession, type Decision, resumedFlow, startFlow } from './sign-in.ts'
import { type HydraClient, type HydraState, secondsOf } from './state.ts'
import { escapeHtml, parametersOf, redirect, redirectToErrorPage, withQuery } from './wire.ts'

/** Hydra facts §4: the authorization endpoint. */
export function authorize(state: HydraState): Answer {
  return function authorize(request, response) {
    const asked = parametersOf(request)
    const client = state.clients.get(asked.get('client_id') ?? '')
    const redirectUri = client && registeredRedirectUri(client, asked)
    // Hydra facts §2.8: with an unknown client the browser never comes back to the app.
    if (!client) {
      const gone = protocolError('invalid_client', 'The requested OAuth 2.0 Client does not exist.')
      return redirectToErrorPage(response, state.issuer, gone)
    }
    if (redirectUri === undefined) {
      const hint = `The 'redirect_uri' parameter does not match any of the OAuth 2.0 Client's pre-registered redirect urls.`
      return redirectToErrorPage(response, state.issuer, protocolError('invalid_request', hint))
    }
    const parameters = outcome(state, request, response, client, asked, redirectUri)
    if (parameters) sendBack(response, redirectUri, asked, parameters)
  }
}

type Parameters = Readonly<Record<string, string>>

/** The parameters that go back to the app, or `undefined` when the browser was sent to a page of Hydra's first. */
function outcome(
  state: HydraState,
  request: Recorded,
  response: ServerResponse,
  client: HydraClient,
  asked: URLSearchParams,
  redirectUri: string,
): Parameters | undefined {
  try {
    refuseRequest(client, asked)
    const decision = decisionOf(state, request, response, client, asked)
    if (!decision) return undefined
    const code = newCode(state, client, asked, redirectUri, decision)
    // Hydra facts §4: with `scope`, without `iss` and `session_state`.
    return { code, scope: decision.scope, ...stateOf(asked) }
  } catch (error) {
    if (error instanceof HydraError) return { ...error.body, ...stateOf(asked) }
    throw error
  }
}

/** Who is signed in to what: decided at once, or at the end of a walk through login and consent page. */
function decisionOf(
  state: HydraState,
  request: Recorded,
  response: ServerResponse,
  client: HydraClient,
  asked: URLSearchParams,
): Decision | undefined {
  const isResumed = asked.has('login_verifier') || asked.has('consent_verifier')
  if (isResumed) return resumedFlow(state, request, response, asked)
  const remembered = currentSession(state, request, asked)
  const isSilent = asked.get('prompt') === 'none'
  if (isSilent && (state.loginRequired || (state.asksUser && !remembered))) {
    throw protocolError(
      'login_required',
      "Prompt 'none' was requested, but no existing login session was found.",
    )
  }
  return startFlow(state, response, client, asked, remembered)
}

function newCode(
  state: HydraState,
  { client_id: clientId }: HydraClient,
  asked: URLSearchParams,
  redirectUri: string,
  { session, claims, scope }: Decision,
): string {
  const code = newToken('ac')
  session.clients.add(clientId)
  const grant = {
    clientId,
    redirectUri,
    codeChallenge: asked.get('code_challenge'),
    scope,
    audience: asked.get('audience')?.split(' ') ?? [], // Hydra facts §4; whether the client may ask is not checked
    nonce: asked.get('nonce'),
    acrValues: asked.get('acr_values'),
    session,
    claims,
    requestedAt: secondsOf(state),
    kid: state.keyRing.published[0]?.kid,
    isRevoked: false,
  }
  state.codes.set(code, { grant, isUsed: false })
  return code
}

function stateOf(asked: URLSearchParams): Parameters {
  const state = asked.get('state')
  return state ? { state } : {}
}

/** Hydra facts §4: 303, or a form that a script posts. */
function sendBack(
  response: ServerResponse,
  redirectUri: string,
  asked: URLSearchParams,
  parameters: Parameters,
): void {
  if (asked.get('response_mode') !== 'form_post') {
    return redirect(response, 303, withQuery(redirectUri, parameters))
  }
  const inputs = Object.entries(parameters).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}"/>`,
  )
  const form = `<form method="post" action="${escapeHtml(redirectUri)}">${inputs.join('')}</form>`
  const body = `<body onload="javascript:document.forms[0].submit()">${form}</body>`
  response.writeHead(200, { 'content-type': 'text/html;charset=UTF-8' })
  response.end(`<html><head><title>Submit This Form</title></head>${body}</html>`)
}
