import express, { type Router } from 'express'
import { requireRecentLogin, requireRoles, requireUser, withUser } from 'express-oidc-rp'
import type { Orders } from './orders.ts'

/**
 * The API. It accepts a session or an access token, and answers 401 or 403 instead of redirecting, even to browsers.
 * Other sites cannot use it to change anything on a user's behalf: an HTML form can send neither JSON nor DELETE, and a
 * script needs CORS, which this app does not enable.
 */
export function orderApi(orders: Orders): Router {
  const router = express.Router()
  router.use(requireUser({ onUnauthenticated: 'challenge' }))

  router.get(
    '/',
    withUser((req, res) => res.json(orders.ownedBy(req.user.sub))),
  )

  router.post(
    '/',
    express.json(),
    withUser((req, res) => {
      const { item } = req.body ?? {} // req.body is undefined unless the request is JSON
      if (typeof item !== 'string' || item.trim() === '') {
        res.status(400).json({ error: 'Send the item as JSON: { "item": "…" }.' })
        return
      }
      res.status(201).json(orders.add(req.user.sub, item.trim()))
    }),
  )

  const recentLogin = requireRecentLogin({ maxAge: 300 }, { onUnauthenticated: 'challenge' })
  router.delete('/:id', requireRoles('admin'), recentLogin, (req, res) => {
    if (orders.remove(req.params.id)) res.status(204).end()
    else res.status(404).json({ error: 'No such order.' })
  })

  return router
}
