import type { Visitor } from './visitor.ts'

/** Starts a sign-in at an app, and returns the address that the browser is sent to: the provider's. */
export type Start = (visitor: Visitor, baseUrl: string) => Promise<URL>

export const startByLink: Start = (visitor, baseUrl) => leave(visitor, new URL('/login', baseUrl))

export const startWithoutProvider: Start = (visitor, baseUrl) =>
  leave(visitor, new URL(`/login?sub=${visitor.sub}`, baseUrl))

/** Auth.js wants a form with its token against request forgery. */
export const startByAuthJs: Start = async (visitor, baseUrl) => {
  const { text } = await visitor.open(new URL('/auth/csrf', baseUrl))
  const { csrfToken } = JSON.parse(text) as { csrfToken: string }
  const form = new URLSearchParams({ csrfToken, callbackUrl: `${baseUrl}/public` })
  return leave(visitor, new URL('/auth/signin/bench', baseUrl), form)
}

/** better-auth answers a script, which then goes to the address. */
export const startByBetterAuth: Start = async (visitor, baseUrl) => {
  const order = JSON.stringify({ provider: 'bench', callbackURL: `${baseUrl}/public` })
  const { status, text } = await visitor.open(new URL('/api/auth/sign-in/social', baseUrl), order)
  const { url } = JSON.parse(text || '{}') as { url?: string }
  if (url === undefined) throw new Error(`The sign-in answered ${status}: ${text}`)
  return new URL(url)
}

async function leave(visitor: Visitor, url: URL, form?: URLSearchParams): Promise<URL> {
  const { status, location, text } = await visitor.open(url, form)
  if (!location) throw new Error(`${url.pathname} answered ${status}: ${text.slice(0, 300)}`)
  return location
}
