import type { Express } from 'express'
import { MemoryStore } from 'express-session'
import {
  allOf,
  anyOf,
  type Guard,
  not,
  requireAcr,
  requireAmr,
  requireClaims,
  requireRecentLogin,
  requireRoles,
  requireScopes,
  requireThat,
  requireUser,
  requireVot,
} from '../../../src/index.ts'
import { startApp, type TestApp } from '../app.ts'
import { Browser } from '../browser.ts'
import { changeValue } from '../login-text.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'

/** What a guard says to a user who is signed in, but has nothing of what the table requires. */
type Without = 'passes' | 'forbids' | Readonly<Record<string, string>>

/** Every guard of the library. An object names the parameters of the step-up that it asks for. */
export const guards: Readonly<Record<string, readonly [guard: Guard, without: Without]>> = {
  requireUser: [requireUser(), 'passes'],
  requireClaims: [requireClaims({ roles: 'admin', email_verified: true }), 'forbids'],
  requireClaimsSeveral: [requireClaims({ roles: ['admin', 'editor'] }), 'forbids'],
  requireClaimsWords: [requireClaims({ permissions: 'write' }, { spaceSeparated: true }), 'forbids'],
  requireClaimsPath: [requireClaims({ 'realm_access.roles': 'clerk' }), 'forbids'],
  requireScopes: [requireScopes('email'), 'forbids'],
  requireRoles: [requireRoles('admin'), 'forbids'],
  requireRolesOfKeycloak: [requireRoles('clerk', { at: 'realm_access.roles' }), 'forbids'],
  requireRolesOfClient: [requireRoles('buyer', { at: ['resource_access', 'my.shop', 'roles'] }), 'forbids'],
  requireThat: [requireThat(async user => user['level'] === 3), 'forbids'],
  anyOf: [anyOf(requireRoles('owner'), requireRoles('admin')), 'forbids'],
  allOf: [allOf(requireUser(), requireScopes('email'), requireRoles('admin')), 'forbids'],
  not: [not(requireClaims({ muted: true })), 'forbids'],
  requireAcr: [requireAcr(['gold', 'silver']), { acr_values: 'gold silver' }],
  requireAmr: [requireAmr('otp'), { max_age: '0' }],
  requireAmrByClass: [requireAmr('otp', { acrValues: 'gold' }), { acr_values: 'gold' }],
  requireVot: [requireVot(['Cl.Cm', 'Ck']), { vtr: '["Cl.Cm","Ck"]' }],
  requireVotOfIdentity: [requireVot('Cl', { vtr: 'Cl.Cm.P2' }), { vtr: '["Cl.Cm.P2"]' }],
  requireRecentLogin: [requireRecentLogin({ maxAge: 300 }), { max_age: '300' }],
  anyOfStepUp: [anyOf(requireRoles('owner'), requireAcr('gold')), { acr_values: 'gold' }],
  allOfStepUp: [
    allOf(requireAcr(['gold', 'silver']), requireRecentLogin({ maxAge: 60 }), requireAcr('gold')),
    { acr_values: 'gold', max_age: '60' },
  ],
  allOfForbids: [allOf(requireAcr('gold'), requireRoles('admin')), 'forbids'],
}

export const requests = {
  'GET of a page': ['get', { 'sec-fetch-mode': 'navigate', accept: 'text/html,*/*;q=0.8' }],
  'GET of a page without Fetch Metadata': ['get', { accept: 'text/html,application/xhtml+xml' }],
  'POST of a form': ['post', { 'sec-fetch-mode': 'navigate', accept: 'text/html,*/*;q=0.8' }],
  'fetch with CORS': ['get', { 'sec-fetch-mode': 'cors', accept: '*/*' }],
  'fetch that posts': ['post', { 'sec-fetch-mode': 'same-origin', accept: 'text/html' }],
  XHR: ['get', { 'x-requested-with': 'XMLHttpRequest', accept: 'text/html, */*' }],
  'a client of JSON': ['get', { accept: 'application/json' }],
  curl: ['get', { accept: '*/*' }],
  'a prefetch': ['get', { 'sec-fetch-mode': 'navigate', 'sec-purpose': 'prefetch', accept: 'text/html' }],
} as const

export const states = ['anonymous', 'without', 'with', 'expired', 'store down'] as const

type Request = keyof typeof requests

/** What is expected: the status, and what tells one answer of that status from another. */
export function expectedAnswer(
  without: Without,
  state: (typeof states)[number],
  request: Request,
): readonly [status: number, detail: string] {
  const isPage = request.startsWith('GET') || request.startsWith('POST')
  if (state === 'store down') return [503, 'ERR_OIDC_SESSION_UNAVAILABLE']
  if (state === 'with' || (state === 'without' && without === 'passes')) return [200, 'shown']
  if (state !== 'without') return isPage ? [303, ''] : [401, 'ERR_OIDC_UNAUTHENTICATED']
  if (typeof without === 'string') return [403, 'ERR_OIDC_FORBIDDEN']
  return isPage ? [303, new URLSearchParams(without).toString()] : [401, 'ERR_OIDC_STEP_UP_REQUIRED']
}

/** An app with a page behind each guard, and the cookies of its visitors by state. */
export interface GuardedApp {
  readonly url: string
  readonly cookies: Readonly<Record<(typeof states)[number], string>>
  /** How often a guarded page was shown. */
  readonly shown: () => number
  readonly disconnect: (isDown: boolean) => void
  readonly close: () => Promise<void>
}

/** Starts the app twice over one session store: in the second one every login has expired. */
export async function startGuarded(provider: ScriptedProvider, makeApp: () => Express): Promise<GuardedApp> {
  const store = new MemoryStore()
  let shown = 0
  const after = (app: Express): void => {
    for (const [name, [guard]] of Object.entries(guards)) {
      app.all(`/${name}`, guard, (_req, res) => {
        shown += 1
        res.send('shown')
      })
    }
  }
  const app = await startApp(provider.issuer, { makeApp, after, session: { store } })
  const cookies = {
    anonymous: '',
    without: await signIn(app, provider, nothing),
    with: await signIn(app, provider, everything),
    expired: await signIn(app, provider, everything, store),
    'store down': '',
  }
  return {
    url: app.url,
    cookies: { ...cookies, 'store down': cookies.with },
    shown: () => shown,
    disconnect: isDown => void store.emit(isDown ? 'disconnect' : 'connect'),
    close: app.close,
  }
}

export const nothing = {
  user: { sub: 'bare', muted: true },
  idToken: { auth_time: -3_600 },
  scope: 'openid profile',
}
export const everything = {
  user: {
    sub: 'full',
    roles: ['editor', 'admin'],
    email_verified: true,
    permissions: 'read write',
    level: 3,
    realm_access: { roles: ['clerk'] },
    resource_access: { 'my.shop': { roles: ['buyer'] } },
  },
  idToken: { auth_time: 0, acr: 'gold', amr: ['pwd', 'otp'], vot: 'Cm.Cl' },
  scope: 'openid email',
}

/** Signs a user in and answers his cookie. With a store, his login has expired in there. */
async function signIn(
  app: TestApp,
  provider: ScriptedProvider,
  visitor: typeof nothing | typeof everything,
  store?: MemoryStore,
): Promise<string> {
  provider.user = visitor.user
  provider.tokenResponse = body => ({ ...body, scope: visitor.scope })
  provider.idToken = (claims, header) => {
    const { auth_time: age, ...more } = visitor.idToken
    return { claims: { ...claims, ...more, auth_time: claims.auth_time + age }, header }
  }
  const browser = new Browser()
  const before = store && Object.keys(await sessionsOf(store))
  await browser.open(`${app.url}/login`)
  if (store && before) await expire(store, before)
  return await browser.jar.getCookieString(app.url)
}

async function expire(store: MemoryStore, before: readonly string[]): Promise<void> {
  const [found] = Object.entries(await sessionsOf(store)).filter(([id]) => !before.includes(id))
  if (!found?.[1].oidc) throw new Error('Nobody has signed in.')
  const [id, data] = found
  const oidc = changeValue(found[1].oidc, 'startedAt', startedAt => Number(startedAt) - 8 * 3_600_000)
  await new Promise(resolve => store.set(id, { ...data, oidc }, resolve))
}

type Sessions = Readonly<Record<string, import('express-session').SessionData>>

function sessionsOf(store: MemoryStore): Promise<Sessions> {
  return new Promise((resolve, reject) => {
    store.all((error, found) => (error ? reject(error) : resolve({ ...(found as Sessions) })))
  })
}
