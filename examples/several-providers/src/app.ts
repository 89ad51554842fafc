import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import { requireClaims, requireUser, withUser } from 'express-oidc-rp'
import type { Issuers } from './auth.ts'
import { escapeHtml, page } from './page.ts'

const HOME = '<p><a href="/">Home</a></p>'

/** Creates an app with pages for the users of one provider, of the other, and of both. Tests pass a different `auth`. */
export function createApp({ staff, partners }: Issuers, ...auth: RequestHandler[]): Express {
  const app = express()
  app.use(auth)

  app.get('/', (req, res) => {
    res.send(req.user ? home(req.user) : choice('Welcome', '/account'))
  })

  app.get('/sign-in', (req, res) => {
    const { returnTo } = req.query
    res.send(choice('Sign in', typeof returnTo === 'string' ? returnTo : '/account'))
  })

  // Visitors who are not signed in go to the provider of the relying party that is mounted first: staff.
  app.get('/orders', requireClaims({ iss: staff }), (_req, res) => {
    res.send(page('Orders', `<p>Only staff can see this page.</p>${HOME}`))
  })

  const atPartners = { onUnauthenticated: goTo('/partners/login') }
  app.get('/offers', requireClaims({ iss: partners }, atPartners), (_req, res) => {
    res.send(page('Offers', `<p>Only partners can see this page.</p>${HOME}`))
  })

  const chooseFirst = { onUnauthenticated: goTo('/sign-in') }
  app.get(
    '/account',
    requireUser(chooseFirst),
    withUser((req, res) => {
      const claims = escapeHtml(JSON.stringify(req.user, null, 2))
      res.send(page('Your account', `<pre>${claims}</pre>${HOME}`))
    }),
  )

  return app
}

/** Sends visitors who are not signed in to an address, from where they come back to the page that they asked for. */
function goTo(path: string) {
  return (_error: unknown, req: Request, res: Response): void => {
    res.redirect(303, `${path}?returnTo=${encodeURIComponent(req.oidc.returnPath)}`)
  }
}

function choice(title: string, returnTo: string): string {
  const query = `?returnTo=${encodeURIComponent(returnTo)}`
  const link = (path: string, text: string) => `<p><a class="button" href="${path}${query}">${text}</a></p>`
  return page(title, link('/login', 'Sign in as staff') + link('/partners/login', 'Sign in as a partner'))
}

function home({ name, sub, iss }: Express.User): string {
  const links =
    '<p><a href="/account">Account</a>, <a href="/orders">orders</a>, <a href="/offers">offers</a></p>'
  const signOut = '<form method="post" action="/logout"><button>Sign out</button></form>'
  const provider = `<p>You are signed in at ${escapeHtml(String(iss))}.</p>`
  return page(`Hello ${name ?? sub}`, provider + links + signOut)
}
