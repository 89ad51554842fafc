import { join } from 'node:path'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { OidcError } from 'express-oidc-rp'
import { actions } from './actions.ts'
import type { Auth } from './auth.ts'
import { livePage, welcomePage } from './pages.ts'
import type { ProviderControls } from './provider-controls.ts'
import { stream } from './stream.ts'
import { watchLibrary } from './watch-library.ts'

const PUBLIC = join(import.meta.dirname, '../public')
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"

/** Creates an app whose page shows what the library does, while it happens. */
export function createApp({ healthCheck, sessions, rp }: Auth, provider?: ProviderControls): Express {
  const app = express()
  const library = watchLibrary(rp)
  app.use((_req, res, next) => {
    res.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY)
    next()
  })
  app.use(express.static(PUBLIC), healthCheck) // in front of the sessions, because they need none
  app.use(sessions, rp)

  app.get('/', (req, res) => {
    res.set('Cache-Control', 'no-store')
    res.send(req.user ? livePage(req.user, provider) : welcomePage(library.state(), provider))
  })
  app.get('/stream', stream(rp, library))
  app.use('/actions', actions(rp, library, provider))
  app.use(answerError)
  return app
}

/** What a button could not do. The details are for the operator, so they go to the log. */
const answerError: ErrorRequestHandler = (error, _req, res, next) => {
  if (!(error instanceof OidcError) || res.headersSent) return next(error)
  console.error(error.message)
  res.status(error.status).json({ error: `That failed (${error.code}). The log of the app says why.` })
}
