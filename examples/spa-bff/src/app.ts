import { join } from 'node:path'
import express, { type Express, type RequestHandler } from 'express'
import { noteApi } from './note-api.ts'
import { sameOrigin } from './same-origin.ts'

const PUBLIC = join(import.meta.dirname, '../public')
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"

/** Creates the back end, which also serves the front end. Tests pass a different `auth`. */
export function createApp(...auth: RequestHandler[]): Express {
  const app = express()
  app.use((_req, res, next) => {
    res.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY)
    next()
  })
  app.use(express.static(PUBLIC)) // in front of the sessions, because these files need none
  app.use(auth)
  app.use('/api', sameOrigin())
  app.get('/api/me', (req, res) => {
    res
      .set('Cache-Control', 'no-store')
      .json({ user: req.user ? { name: req.user.name ?? req.user.sub } : null })
  })
  app.use('/api/notes', noteApi())
  return app
}
