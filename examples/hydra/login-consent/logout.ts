import express, { type Router } from 'express'
import type { AdminApi } from './admin-api.ts'
import { logoutPage, stayedPage } from './pages.ts'

/** Asks whether to sign out everywhere. */
export function logout(hydra: AdminApi): Router {
  const router = express.Router()

  router.get('/', (req, res) => {
    res.send(logoutPage(req.query['logout_challenge']))
  })

  router.post('/', async (req, res) => {
    const { challenge, decision } = req.body
    if (decision === 'yes') res.redirect(303, await hydra.accept('logout', challenge))
    else res.send(stayedPage())
  })

  return router
}
