import express, { type Router } from 'express'
import { requireRecentLogin, requireRoles, requireUser, withUser } from 'express-oidc-rp'
import type { Orders } from './orders.ts'

/**
 * The API, for who has a session and for who sends an access token. It answers 401 or 403 and never redirects, whoever
 * asks. Another site cannot write to it in a user's name: browsers let a form send neither JSON nor DELETE, and a script
 * only where CORS allows it, which is nowhere here.
 */
export function orderApi(orders: Orders): Router {
  const router = express.Router()
  router.use(requireUser({ onUnauthenticated: 'challenge' }))

  router.get(
    '/',
    withUser((req, res) => res.json(orders.of(req.user.sub))),
  )

  router.post(
    '/',
    express.json(),
    withUser((req, res) => {
      const { item } = req.body ?? {} // undefined unless the request says that it is JSON
      if (typeof item !== 'string' || item.trim() === '') {
        return void res.status(400).json({ error: 'An order needs an item, as JSON: { "item": "…" }.' })
      }
      res.status(201).json(orders.add(req.user.sub, item.trim()))
    }),
  )

  const recently = requireRecentLogin({ maxAge: 300 }, { onUnauthenticated: 'challenge' })
  router.delete('/:id', requireRoles('admin'), recently, (req, res) => {
    if (orders.remove(req.params.id)) return void res.status(204).end()
    res.status(404).json({ error: 'There is no such order.' })
  })

  return router
}
