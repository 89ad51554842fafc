import { randomBytes } from 'node:crypto'
import express, { type RequestHandler } from 'express'
import { type RelyingPartyMiddleware, relyingParty } from 'express-oidc-rp'
import session from 'express-session'

/** The Issuer Identifiers of the two providers. */
export interface Issuers {
  readonly staff: string
  readonly partners: string
}

/** The routes of the second relying party. Those of the first one are `/login`, `/callback` and so on. */
const PARTNER_ROUTES = {
  login: '/partners/login',
  callback: '/partners/callback',
  logout: '/partners/logout',
  logoutCallback: '/partners/logout/callback',
  backchannelLogout: '/partners/backchannel-logout',
  initiateLogin: '/partners/initiate-login',
}

/** Reads from the environment which providers to use. */
export function readIssuers(): Issuers {
  const { STAFF_ISSUER, PARTNERS_ISSUER } = process.env
  if (!STAFF_ISSUER || !PARTNERS_ISSUER)
    throw new Error('Set STAFF_ISSUER and PARTNERS_ISSUER to the Issuer Identifiers of the two providers.')
  return { staff: STAFF_ISSUER, partners: PARTNERS_ISSUER }
}

/**
 * Creates the sign-in middleware: a health check, sessions, and a relying party for each provider. The first one applies to
 * visitors who are not signed in. Options that are the same for both, such as BASE_URL, come from the environment.
 */
export function createAuth({ staff, partners }: Issuers): RequestHandler[] {
  const cookie = { sameSite: 'lax', secure: 'auto' } as const
  const atStaff = relyingParty({ issuer: staff, name: 'staff' })
  const atPartners = relyingParty({ issuer: partners, name: 'partners', routes: PARTNER_ROUTES })
  return [
    healthCheck(atStaff, atPartners),
    session({ secret: sessionSecret(), resave: false, saveUninitialized: false, cookie }),
    atStaff,
    atPartners,
  ]
}

/** Answers 200 when users of both providers can sign in, and 503 until then. It needs no session. */
function healthCheck(...all: RelyingPartyMiddleware[]): RequestHandler {
  return express.Router().get('/healthz', (_req, res) => {
    res.sendStatus(all.every(auth => auth.status().state === 'ready') ? 200 : 503)
  })
}

function sessionSecret(): string {
  const { SESSION_SECRET, NODE_ENV } = process.env
  if (SESSION_SECRET) return SESSION_SECRET
  if (NODE_ENV === 'production') throw new Error('Set SESSION_SECRET to a long random string.')
  console.log('SESSION_SECRET is not set. Using a random one; all sessions end when the app restarts.')
  return randomBytes(32).toString('hex')
}
