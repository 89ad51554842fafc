import { randomBytes } from 'node:crypto'
import type { RequestHandler } from 'express'
import { relyingParty } from 'express-oidc-rp'
import session from 'express-session'

/**
 * Makes what signs users in: sessions, and the relying party, which reads its options from the environment. The address
 * for logout tokens is said here, because Hydra, in its container, does not reach this app as browsers do.
 */
export function createAuth(): RequestHandler[] {
  const { BACKCHANNEL_LOGOUT_URI: backchannelLogoutUri } = process.env
  const cookie = { sameSite: 'lax', secure: 'auto' } as const
  return [
    session({ secret: sessionSecret(), resave: false, saveUninitialized: false, cookie }),
    relyingParty(backchannelLogoutUri ? { backchannelLogoutUri } : {}),
  ]
}

function sessionSecret(): string {
  const { SESSION_SECRET, NODE_ENV } = process.env
  if (SESSION_SECRET) return SESSION_SECRET
  if (NODE_ENV === 'production') throw new Error('Set SESSION_SECRET to a long random text.')
  console.log('SESSION_SECRET is not set. A random one is used; sessions end when the app restarts.')
  return randomBytes(32).toString('hex')
}
