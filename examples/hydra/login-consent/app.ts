import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import type { AdminApi } from './admin-api.ts'
import { consent } from './consent.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { errorPage } from './pages.ts'

/**
 * The pages that Hydra leaves to you: it sends the browser here with a challenge, this app asks the user, tells Hydra
 * over the admin API, and sends the browser back. A challenge cannot be guessed, and Hydra ties it to the browser.
 */
export function createLoginConsent(hydra: AdminApi): Express {
  const app = express()
  app.use(express.urlencoded({ extended: false }), guarded)
  app.use('/login', login(hydra))
  app.use('/consent', consent(hydra))
  app.use('/logout', logout(hydra))
  app.get('/error', showError)
  app.use(failed)
  return app
}

const guarded: RequestHandler = (_req, res, next) => {
  res.set({ 'Content-Security-Policy': "frame-ancestors 'none'", 'Cache-Control': 'no-store' })
  next()
}

const showError: RequestHandler = (req, res) => {
  const said = new URL(req.originalUrl, 'http://localhost').searchParams
  res.status(400).send(errorPage(said.get('error') ?? '', said.get('error_description') ?? ''))
}

const failed: ErrorRequestHandler = (error, _req, res, _next) => {
  console.error(error)
  const explanation = 'This sign-in is over, or Hydra is away. Go back to the app and start again.'
  res.status(502).send(errorPage('refused by Hydra, or no answer', explanation))
}
