import type { TestApp } from '../app.ts'
import type { Browser } from '../browser.ts'
import { reachCallback } from '../flow.ts'
import { logoutToken } from '../logout.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'
import type { RawRequest } from './raw-request.ts'

/** Someone's visit to an app. */
export interface Visit {
  readonly app: TestApp
  readonly provider: ScriptedProvider
  readonly browser: Browser
}

/** A correct request, built again for each input. */
type Recipe = (visit: Visit) => Promise<RawRequest>

const page = {
  Accept: 'text/html',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
  'Sec-Fetch-Site': 'none',
}
export const form = { ...page, 'Content-Type': 'application/x-www-form-urlencoded' }

const cookies = async ({ app, browser }: Visit): Promise<string> => browser.jar.getCookieString(app.url)

async function signedIn(visit: Visit): Promise<string> {
  await visit.browser.open(`${visit.app.url}/private`)
  return cookies(visit)
}

export const recipes: Readonly<Record<string, Recipe>> = {
  async callback(visit) {
    const { pathname, search } = await reachCallback(visit.browser, visit.app)
    return { method: 'GET', target: pathname + search, headers: { ...page, Cookie: await cookies(visit) } }
  },
  async login(visit) {
    return {
      method: 'GET',
      target: '/login?returnTo=%2Fa%3Fb%3Dc',
      headers: { ...page, Cookie: await signedIn(visit) },
    }
  },
  async guard(visit) {
    return { method: 'GET', target: '/inside', headers: { ...page, Cookie: await signedIn(visit) } }
  },
  async logout(visit) {
    const headers = {
      ...form,
      'Sec-Fetch-Site': 'same-origin',
      Origin: visit.app.url,
      Cookie: await signedIn(visit),
    }
    return { method: 'POST', target: '/logout', headers, body: 'returnTo=%2Fbye' }
  },
  async 'logout callback'(visit) {
    await signedIn(visit)
    const end = await visit.browser.open(`${visit.app.url}/logout`, { follow: false })
    const state = new URL(end.headers.get('location') ?? '').searchParams.get('state')
    return {
      method: 'GET',
      target: `/logout/callback?state=${state}`,
      headers: { ...page, Cookie: await cookies(visit) },
    }
  },
  async 'back channel'({ provider }) {
    const body = `logout_token=${await logoutToken(provider, { sid: 'one' })}`
    return {
      method: 'POST',
      target: '/backchannel-logout',
      headers: { 'Content-Type': form['Content-Type'] },
      body,
    }
  },
  async 'front channel'({ provider }) {
    const headers = { ...page, 'Sec-Fetch-Dest': 'iframe', 'Sec-Fetch-Site': 'cross-site' }
    return {
      method: 'GET',
      target: `/frontchannel-logout?iss=${encodeURIComponent(provider.issuer)}&sid=one`,
      headers,
    }
  },
  async 'third-party initiation'({ provider }) {
    return {
      method: 'GET',
      target: `/initiate-login?iss=${encodeURIComponent(provider.issuer)}`,
      headers: page,
    }
  },
}
