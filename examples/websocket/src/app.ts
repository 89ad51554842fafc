import { join } from 'node:path'
import express, { type Express, type RequestHandler } from 'express'
import { requireUser, withUser } from 'express-oidc-rp'
import { page } from './page.ts'

const PUBLIC = join(import.meta.dirname, '../public')

const SIGN_IN = '<p>Sign in to chat.</p><p><a class="button" href="/login">Sign in</a></p>'
const CHAT = `
      <ul id="messages" aria-live="polite"></ul>
      <form id="say">
        <label for="text">Message</label>
        <input id="text" maxlength="500" autocomplete="off" required disabled>
        <button disabled>Send</button>
      </form>
      <p id="state" role="status">Connecting …</p>
      <form method="post" action="/logout"><button class="plain">Sign out</button></form>
      <script type="module" src="/chat.js"></script>`

/** Creates the app with the page of the chat. Tests pass a different `auth`. */
export function createApp(...auth: readonly RequestHandler[]): Express {
  const app = express()
  app.use(express.static(PUBLIC)) // in front of the sessions, because these files need none
  app.use(...auth)

  app.get('/', (req, res) => {
    res.send(req.user ? page(`Hello ${req.user.name ?? req.user.sub}`, CHAT) : page('Chat', SIGN_IN))
  })

  // The page asks whether the user is still signed in: a browser does not say why a connection was refused.
  app.get(
    '/me',
    requireUser({ onUnauthenticated: 'challenge' }),
    withUser((req, res) => {
      res.set('Cache-Control', 'no-store').json({ name: req.user.name ?? req.user.sub })
    }),
  )

  return app
}
