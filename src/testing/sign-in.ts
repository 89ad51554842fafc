import { OidcError } from '../index.ts'
import { refuseProduction } from './availability.ts'
import { userHeader } from './running-provider.ts'
import type { TestClaims } from './signed-in.ts'

/** An agent of supertest, or any client that also keeps cookies and does not follow redirects. */
export interface TestAgent<Answer> {
  /** Starts a GET request. */
  get(path: string): { set(name: string, value: string): PromiseLike<Answer> }
}

/** The part of the app's response that {@link signIn} reads. */
export interface TestAnswer {
  /** Response headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/** Options of {@link signIn}. */
export interface SignInOptions {
  /** The user who signs in. Default: the user of the {@link testProvider}. */
  readonly user?: TestClaims
  /** The path in the app that starts the sign-in: `/login` (default) or a guarded page. */
  readonly path?: string
}

const MOST = 20

/**
 * Signs a user in at the {@link testProvider}, following all redirects as a browser would. Returns the app's response to the
 * callback, which is a redirect into the app if the sign-in succeeded.
 *
 * @example
 * ```ts
 * import supertest from 'supertest'
 * import { signIn } from 'express-oidc-rp/testing'
 *
 * const agent = supertest.agent(app)
 * await signIn(agent, { user: { sub: 'alice', roles: ['admin'] } })
 * await agent.get('/admin').expect(200)
 * ```
 * @throws {@link OidcError} `ERR_OIDC_AUTHORIZATION_FAILED` if the provider does not send the browser back,
 * `ERR_OIDC_TESTING_UNAVAILABLE` in production.
 */
export async function signIn<Answer extends TestAnswer>(
  agent: TestAgent<Answer>,
  { user, path = '/login' }: SignInOptions = {},
): Promise<Answer> {
  refuseProduction('signIn')
  const get = (page: string): PromiseLike<Answer> => agent.get(page).set('Accept', 'text/html')
  const started = await get(path)
  const { location } = started.headers
  if (!location || !URL.canParse(location)) return started
  const callback = await passProvider(new URL(location), user)
  return await get(callback.pathname + callback.search)
}

/** Follows the redirects of the provider until one leads away from it. */
async function passProvider(start: URL, user: TestClaims | undefined): Promise<URL> {
  const cookies = new Map<string, string>()
  let url = start
  for (let count = 0; count < MOST; count += 1) {
    const headers = {
      cookie: [...cookies].map(pair => pair.join('=')).join('; '),
      ...(user && { [userHeader]: encodeURIComponent(JSON.stringify(user)) }),
    }
    const answer = await fetch(url, { headers, redirect: 'manual' })
    keepCookies(cookies, answer.headers.getSetCookie())
    const location = answer.headers.get('location')
    if (!location) throw failure(`${answer.status} at ${url.pathname}: ${await answer.text()}`)
    url = new URL(location, url)
    if (url.origin !== start.origin) return url
  }
  throw failure(`more than ${MOST} redirects`)
}

function keepCookies(cookies: Map<string, string>, lines: readonly string[]): void {
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (value === '') cookies.delete(name)
    else cookies.set(name, value)
  }
}

function failure(reason: string): OidcError {
  return new OidcError('ERR_OIDC_AUTHORIZATION_FAILED', {
    message: `The provider did not send the browser back to the app: ${reason}.`,
  })
}
