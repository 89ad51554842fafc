import express, { type Router } from 'express'
import type { AdminApi } from './admin-api.ts'
import { logoutPage, stillSignedInPage } from './pages.ts'

/** Asks the user to confirm the sign-out. */
export function logout(hydra: AdminApi): Router {
  const router = express.Router()

  router.get('/', (req, res) => {
    res.send(logoutPage(req.query['logout_challenge']))
  })

  router.post('/', async (req, res) => {
    const { challenge, decision } = req.body
    if (decision === 'yes') res.redirect(303, await hydra.accept('logout', challenge))
    else res.send(stillSignedInPage())
  })

  return router
}
