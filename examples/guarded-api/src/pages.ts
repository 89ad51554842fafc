import express, { type Router } from 'express'
import { requireRoles, withUser } from 'express-oidc-rp'
import type { Order, Orders } from './orders.ts'
import { escapeHtml, page } from './page.ts'

const SIGN_IN =
  '<p>Sign in to see your orders.</p><p><a class="button" href="/login?returnTo=/orders">Sign in</a></p>'
const SIGN_OUT = '<form method="post" action="/logout"><button>Sign out</button></form>'

/** The pages. Visitors who have to sign in first come back to the page they asked for. */
export function pages(orders: Orders): Router {
  const router = express.Router()

  router.get('/', (req, res) => {
    if (!req.user) {
      res.send(page('Orders', SIGN_IN))
      return
    }
    const links =
      '<ul><li><a href="/orders">Your orders</a></li><li><a href="/admin">All orders</a>, for admins</li></ul>'
    res.send(page(`Hello ${req.user.name ?? req.user.sub}`, links + SIGN_OUT))
  })

  router.get(
    '/orders',
    withUser((req, res) => res.send(page('Your orders', table(orders.ownedBy(req.user.sub))))),
  )

  router.get('/admin', requireRoles('admin'), (_req, res) =>
    res.send(page('All orders', table(orders.all()))),
  )

  return router
}

function table(orders: Order[]): string {
  const rows = orders.map(({ id, owner, item }) => {
    return `<tr><td>${id}</td><td>${escapeHtml(item)}</td><td>${escapeHtml(owner)}</td></tr>`
  })
  const head =
    '<thead><tr><th scope="col">Number</th><th scope="col">Item</th><th scope="col">Owner</th></tr></thead>'
  return `<table>${head}<tbody>${rows.join('')}</tbody></table><p><a href="/">Home</a></p>`
}
