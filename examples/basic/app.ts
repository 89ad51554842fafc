import { randomBytes } from 'node:crypto'
import express, { type Express } from 'express'
import { relyingParty, requireUser } from 'express-oidc-rp'
import session from 'express-session'

/** Makes an app with a public page and one for signed-in users; the provider comes from the environment. */
export function createApp(): Express {
  const app = express()
  const cookie = { sameSite: 'lax', secure: 'auto' } as const
  app.use(session({ secret: sessionSecret(), resave: false, saveUninitialized: false, cookie }))
  app.use(relyingParty())

  app.get('/', (req, res) => {
    if (!req.user)
      return void res.send(
        page('Welcome', '<p>You are not signed in.</p><p><a href="/login?returnTo=/profile">Sign in</a></p>'),
      )
    const signOut = '<form method="post" action="/logout"><button>Sign out</button></form>'
    res.send(
      page(`Hello ${req.user.name ?? req.user.sub}`, `<p><a href="/profile">Your profile</a></p>${signOut}`),
    )
  })

  app.get('/profile', requireUser(), (req, res) => {
    const claims = escapeHtml(JSON.stringify(req.user, null, 2))
    res.send(page('Your profile', `<pre>${claims}</pre><p><a href="/">Home</a></p>`))
  })

  return app
}

function sessionSecret(): string {
  const { SESSION_SECRET, NODE_ENV } = process.env
  if (SESSION_SECRET) return SESSION_SECRET
  if (NODE_ENV === 'production') throw new Error('Set SESSION_SECRET to a long random text.')
  console.log('SESSION_SECRET is not set. A random one is used; sessions end when the app restarts.')
  return randomBytes(32).toString('hex')
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escapeHtml(title)}</title>
  <link rel="icon" href="data:,">
  <style>
    :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
    body { margin: 10vh auto; padding: 0 1.25rem; max-width: 40rem }
    pre { overflow-x: auto; padding: 1rem; border: 1px solid #8888; border-radius: .5rem }
    button { padding: .6rem 1.5rem; font: inherit }
  </style>
  <h1>${escapeHtml(title)}</h1>
  ${body}
</html>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
