import { randomBytes } from 'node:crypto'
import type { RequestHandler } from 'express'
import { relyingParty } from 'express-oidc-rp'
import session from 'express-session'

/** What the API calls itself: access tokens for it have this as audience. */
export const audience = process.env['API_AUDIENCE'] ?? 'https://orders.example'

/**
 * Makes what signs users in: sessions for browsers, access tokens for programs. The relying party reads the rest of its
 * options from the environment.
 */
export function createAuth(): RequestHandler[] {
  const cookie = { sameSite: 'lax', secure: 'auto' } as const
  return [
    session({ secret: sessionSecret(), resave: false, saveUninitialized: false, cookie }),
    relyingParty({ bearer: { audience } }),
  ]
}

function sessionSecret(): string {
  const { SESSION_SECRET, NODE_ENV } = process.env
  if (SESSION_SECRET) return SESSION_SECRET
  if (NODE_ENV === 'production') throw new Error('Set SESSION_SECRET to a long random text.')
  console.log('SESSION_SECRET is not set. A random one is used; sessions end when the app restarts.')
  return randomBytes(32).toString('hex')
}
