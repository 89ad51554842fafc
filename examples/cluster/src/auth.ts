import { RedisStore } from 'connect-redis'
import express, { type RequestHandler } from 'express'
import { type RelyingPartyMiddleware, relyingParty } from 'express-oidc-rp'
import session from 'express-session'
import { options } from '../oidc.config.ts'
import { redis } from './redis.ts'

/** Creates the sign-in middleware, and a health check. Sessions and the relying party both use Redis, which all replicas share. */
export function createAuth(): RequestHandler[] {
  const { SESSION_SECRET } = process.env
  if (!SESSION_SECRET)
    throw new Error('Set SESSION_SECRET to a long random string, the same for all replicas.')
  const cookie = { sameSite: 'lax', secure: 'auto' } as const
  const store = new RedisStore({ client: redis, prefix: 'session:' })
  const auth = relyingParty(options)
  return [
    healthCheck(auth),
    session({ store, secret: SESSION_SECRET, resave: false, saveUninitialized: false, cookie }),
    auth,
  ]
}

/** Answers 200 when users can sign in, and 503 until then. It needs neither a session nor Redis. */
function healthCheck(auth: RelyingPartyMiddleware): RequestHandler {
  return express.Router().get('/healthz', (_req, res) => {
    res.sendStatus(auth.status().state === 'ready' ? 200 : 503)
  })
}
