import express, { type Express, type RequestHandler } from 'express'
import { requireUser } from 'express-oidc-rp'
import { escapeHtml, page } from './page.ts'

/** Creates the app. Each page says which replica served it. */
export function createApp(replica: string, ...auth: RequestHandler[]): Express {
  const app = express()
  const footer = `<p><small>Served by ${escapeHtml(replica)}. Reload to see another one.</small></p>`
  app.set('trust proxy', 1) // nginx says whether the browser uses https
  app.use(auth)

  app.get('/', (req, res) => {
    if (!req.user) {
      const signIn = '<p><a class="button" href="/login?returnTo=/profile">Sign in</a></p>'
      res.send(page('Welcome', `<p>You are not signed in.</p>${signIn}${footer}`))
      return
    }
    const signOut = '<form method="post" action="/logout"><button>Sign out</button></form>'
    const name = req.user.name ?? req.user.sub
    res.send(page(`Hello ${name}`, `<p><a href="/profile">Your profile</a></p>${signOut}${footer}`))
  })

  app.get('/profile', requireUser(), (req, res) => {
    const claims = escapeHtml(JSON.stringify(req.user, null, 2))
    res.send(page('Your profile', `<pre>${claims}</pre><p><a href="/">Home</a></p>${footer}`))
  })

  return app
}
