import { randomBytes } from 'node:crypto'
import express from 'express'
import { relyingParty } from 'express-oidc-rp'
import session from 'express-session'

/** Creates the sign-in middleware: a health check, sessions, and the relying party, which reads its options from the environment. */
export function createAuth() {
  const cookie = { sameSite: 'lax', secure: 'auto' }
  const auth = relyingParty()
  return [
    healthCheck(auth),
    session({ secret: sessionSecret(), resave: false, saveUninitialized: false, cookie }),
    auth,
  ]
}

/** Answers 200 when users can sign in, and 503 until then. It needs no session. */
function healthCheck(auth) {
  return express.Router().get('/healthz', (_req, res) => {
    res.sendStatus(auth.status().state === 'ready' ? 200 : 503)
  })
}

function sessionSecret() {
  const { SESSION_SECRET, NODE_ENV } = process.env
  if (SESSION_SECRET) return SESSION_SECRET
  if (NODE_ENV === 'production') throw new Error('Set SESSION_SECRET to a long random string.')
  console.log('SESSION_SECRET is not set. Using a random one; all sessions end when the app restarts.')
  return randomBytes(32).toString('hex')
}
