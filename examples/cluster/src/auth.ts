import { RedisStore } from 'connect-redis'
import type { RequestHandler } from 'express'
import { relyingParty } from 'express-oidc-rp'
import session from 'express-session'
import { options } from '../oidc.config.ts'
import { redis } from './redis.ts'

/** Makes what signs users in: sessions and the relying party, both in Redis, where all replicas see them. */
export function createAuth(): RequestHandler[] {
  const { SESSION_SECRET } = process.env
  if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET to a long random text, the same for all replicas.')
  const cookie = { sameSite: 'lax', secure: 'auto' } as const
  const store = new RedisStore({ client: redis, prefix: 'session:' })
  return [
    session({ store, secret: SESSION_SECRET, resave: false, saveUninitialized: false, cookie }),
    relyingParty(options),
  ]
}
