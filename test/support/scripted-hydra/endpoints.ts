import type { Answer } from '../scripted-provider/exchange.ts'
import { admin } from './admin.ts'
import { authorize } from './authorize.ts'
import { discovery, jwks } from './discovery.ts'
import { introspect } from './introspect.ts'
import { endSession } from './logout.ts'
import { fallbacks, pages } from './pages.ts'
import { manageClient, register } from './registration.ts'
import { revoke } from './revoke.ts'
import type { HydraState } from './state.ts'
import { token } from './token.ts'
import { userInfo } from './user-info.ts'

/** What can be scripted; `client` is one client below `register`, `pages` the login, consent and logout app. */
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
  | 'pages'
  | 'fallbacks'
  | 'introspect'
  | 'admin'

interface Route {
  readonly path: RegExp
  readonly methods: readonly string[]
  readonly answer: (state: HydraState) => Answer
}

const ROUTES: Readonly<Record<Endpoint, Route>> = {
  // Hydra facts §1.6: the second name is that of RFC 8414.
  discovery: {
    path: /^\/\.well-known\/(openid-configuration|oauth-authorization-server)$/,
    methods: ['GET'],
    answer: discovery,
  },
  jwks: { path: /^\/\.well-known\/jwks\.json$/, methods: ['GET'], answer: jwks },
  authorize: { path: /^\/oauth2\/auth$/, methods: ['GET', 'POST'], answer: authorize },
  token: { path: /^\/oauth2\/token$/, methods: ['POST'], answer: token },
  userinfo: { path: /^\/userinfo$/, methods: ['GET', 'POST'], answer: userInfo },
  register: { path: /^\/oauth2\/register$/, methods: ['POST'], answer: register },
  client: { path: /^\/oauth2\/register\/[^/]+$/, methods: ['GET', 'PUT', 'DELETE'], answer: manageClient },
  endSession: { path: /^\/oauth2\/sessions\/logout$/, methods: ['GET', 'POST'], answer: endSession },
  revoke: { path: /^\/oauth2\/revoke$/, methods: ['POST'], answer: revoke },
  pages: { path: /^\/ui\/(login|consent|logout)$/, methods: ['GET', 'POST'], answer: pages },
  fallbacks: { path: /^\/oauth2\/fallbacks\//, methods: ['GET'], answer: fallbacks },
  introspect: { path: /^\/admin\/oauth2\/introspect$/, methods: ['POST'], answer: introspect },
  admin: { path: /^\/admin\//, methods: ['GET', 'PUT', 'DELETE'], answer: admin },
}

/** The endpoint at a path. Hydra facts §1.0: a slash at the end does not matter. */
export function endpointAt(path: string): Endpoint | undefined {
  const endpoints = Object.keys(ROUTES) as Endpoint[]
  return endpoints.find(endpoint => ROUTES[endpoint].path.test(path.replace(/\/$/, '')))
}

/** How an endpoint of Hydra answers. */
export function usualAnswer(state: HydraState, endpoint: Endpoint): Answer {
  const { methods, answer } = ROUTES[endpoint]
  const answered = answer(state)
  return (request, response) => {
    if (methods.includes(request.method)) return answered(request, response)
    response.writeHead(405, { allow: methods.join(', ') }).end('Method Not Allowed')
  }
}
