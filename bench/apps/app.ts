import type { Express, RequestHandler } from 'express'
import session from 'express-session'

/** What an app is told about its provider and itself. */
export interface Settings {
  readonly issuer: string
  readonly baseUrl: string
  readonly clientId: string
  readonly clientSecret: string
  /** Which of the app's variants to run. */
  readonly variant: Readonly<Record<string, boolean>>
}

/** Adds the sign-in of a peer, `/me` behind its guard, and `/public` behind its middleware. */
export type Mount = (app: Express, settings: Settings) => void | Promise<void>

export const SCOPE = 'openid profile email'

/** The same express-session for every app that needs one. */
export function memorySession(): RequestHandler {
  const store = new session.MemoryStore()
  return session({ secret: 'bench', resave: false, saveUninitialized: false, store })
}

/** The page that anybody may see. */
export const publicPage: RequestHandler = (_req, res) => {
  res.send('public')
}
