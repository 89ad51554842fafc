import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import type { AdminApi } from './admin-api.ts'
import { consent } from './consent.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { errorPage } from './pages.ts'

/**
 * The pages that Hydra leaves to you. Hydra sends the browser here with a challenge; this app asks the user, reports the
 * answer through the admin API, and sends the browser back. Challenges cannot be guessed, and each belongs to one browser.
 */
export function createLoginConsent(hydra: AdminApi): Express {
  const app = express()
  app.get('/healthz', (_req, res) => res.sendStatus(200))
  app.use(express.urlencoded({ extended: false }), protectPages)
  app.use('/login', login(hydra))
  app.use('/consent', consent(hydra))
  app.use('/logout', logout(hydra))
  app.get('/error', showError)
  app.use(handleError)
  return app
}

const protectPages: RequestHandler = (_req, res, next) => {
  res.set({ 'Content-Security-Policy': "frame-ancestors 'none'", 'Cache-Control': 'no-store' })
  next()
}

const showError: RequestHandler = (req, res) => {
  const query = new URL(req.originalUrl, 'http://localhost').searchParams
  res.status(400).send(errorPage(query.get('error') ?? '', query.get('error_description') ?? ''))
}

const handleError: ErrorRequestHandler = (error, _req, res, _next) => {
  console.error(error)
  const explanation = 'This sign-in has ended, or Hydra is not available. Go back to the app and start again.'
  res.status(502).send(errorPage('Hydra refused the request or did not answer', explanation))
}
