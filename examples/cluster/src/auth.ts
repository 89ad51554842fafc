import { RedisStore } from 'connect-redis'
import type { RequestHandler } from 'express'
import { relyingParty } from 'express-oidc-rp'
import session from 'express-session'
import { options } from '../oidc.config.ts'
import { redis } from './redis.ts'

/** Creates the sign-in middleware. Sessions and the relying party both use Redis, which all replicas share. */
export function createAuth(): RequestHandler[] {
  const { SESSION_SECRET } = process.env
  if (!SESSION_SECRET)
    throw new Error('Set SESSION_SECRET to a long random string, the same for all replicas.')
  const cookie = { sameSite: 'lax', secure: 'auto' } as const
  const store = new RedisStore({ client: redis, prefix: 'session:' })
  return [
    session({ store, secret: SESSION_SECRET, resave: false, saveUninitialized: false, cookie }),
    relyingParty(options),
  ]
}
