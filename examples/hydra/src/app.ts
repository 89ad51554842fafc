import express, { type Express, type RequestHandler } from 'express'
import { requireUser } from 'express-oidc-rp'
import { escapeHtml, page } from '../page.ts'

/** Creates an app with a public page and a page for signed-in users. Tests pass a different `auth`. */
export function createApp(...auth: RequestHandler[]): Express {
  const app = express()
  app.use(auth)

  app.get('/', (req, res) => {
    if (!req.user) {
      const signIn =
        '<p>You are not signed in.</p><p><a class="button" href="/login?returnTo=/profile">Sign in</a></p>'
      res.send(page('Welcome', signIn))
      return
    }
    const signOut = '<form method="post" action="/logout"><button>Sign out</button></form>'
    const name = req.user.name ?? req.user.sub
    res.send(page(`Hello ${name}`, `<p><a href="/profile">Your profile</a></p>${signOut}`))
  })

  app.get('/profile', requireUser(), (req, res) => {
    const claims = escapeHtml(JSON.stringify(req.user, null, 2))
    res.send(page('Your profile', `<pre>${claims}</pre><p><a href="/">Home</a></p>`))
  })

  return app
}
