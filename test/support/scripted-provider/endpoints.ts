import { authorize } from './authorize.ts'
import { endSession } from './end-session.ts'
import { type Answer, bearerTokenOf, Refusal, sendJson } from './exchange.ts'
import { pushRequest } from './pushed-request.ts'
import { manageClient, register } from './registration.ts'
import type { ProviderState } from './state.ts'
import { revoke, token } from './token.ts'

/** What can be scripted; `client` is the RFC 7592 endpoint below `register`. */
export type Endpoint =
  | 'discovery'
  | 'jwks'
  | 'authorize'
  | 'token'
  | 'userinfo'
  | 'register'
  | 'client'
  | 'endSession'
  | 'revoke'
  | 'pushed'

interface Route {
  readonly path: RegExp
  readonly methods: readonly string[]
  readonly answer: (state: ProviderState) => Answer
}

const ROUTES: Readonly<Record<Endpoint, Route>> = {
  discovery: { path: /^\/\.well-known\/openid-configuration$/, methods: ['GET'], answer: discovery },
  jwks: { path: /^\/jwks$/, methods: ['GET'], answer: jwks },
  authorize: { path: /^\/authorize$/, methods: ['GET', 'POST'], answer: authorize },
  token: { path: /^\/token$/, methods: ['POST'], answer: token },
  userinfo: { path: /^\/userinfo$/, methods: ['GET', 'POST'], answer: userinfo },
  register: { path: /^\/register$/, methods: ['POST'], answer: register },
  client: { path: /^\/register\/[^/]+$/, methods: ['GET', 'PUT', 'DELETE'], answer: manageClient },
  endSession: {
    path: /^(\/[\w.]+)*\/(logout|end-session)\/?$/,
    methods: ['GET', 'POST'],
    answer: endSession,
  },
  revoke: { path: /^\/revoke$/, methods: ['POST'], answer: revoke },
  pushed: { path: /^\/pushed$/, methods: ['POST'], answer: pushRequest },
}

/** The endpoint at a path. */
export function endpointAt(path: string): Endpoint | undefined {
  const endpoints = Object.keys(ROUTES) as Endpoint[]
  return endpoints.find(endpoint => ROUTES[endpoint].path.test(path))
}

/** How an endpoint of a correct provider answers. */
export function usualAnswer(state: ProviderState, endpoint: Endpoint): Answer {
  const { methods, answer } = ROUTES[endpoint]
  const answered = answer(state)
  return (request, response) => {
    if (methods.includes(request.method)) return answered(request, response)
    throw new Refusal(405, 'invalid_request', `Use ${methods.join(' or ')}.`, { allow: methods.join(', ') })
  }
}

function discovery(state: ProviderState): Answer {
  return (_request, response) => sendJson(response, 200, state.metadata)
}

function jwks(state: ProviderState): Answer {
  return (_request, response) => sendJson(response, 200, { keys: state.keys })
}

function userinfo(state: ProviderState): Answer {
  return function userinfo(request, response) {
    if (!state.accessTokens.has(bearerTokenOf(request) ?? '')) {
      throw new Refusal(401, 'invalid_token', 'The access token is not valid.', {
        'www-authenticate': 'Bearer error="invalid_token"',
      })
    }
    sendJson(response, 200, state.user)
  }
}
