import express, { type Router } from 'express'
import { type AdminApi, displayName } from './admin-api.ts'
import { loginPage } from './pages.ts'
import { findSubject } from './users.ts'

const DAY = 24 * 60 * 60

/** Asks the user to sign in, unless Hydra remembers them. */
export function login(hydra: AdminApi): Router {
  const router = express.Router()

  router.get('/', async (req, res) => {
    const challenge = req.query['login_challenge']
    const { skip, subject, client } = await hydra.getLoginRequest(challenge)
    if (skip) res.redirect(303, await hydra.accept('login', challenge, { subject }))
    else res.send(loginPage({ challenge, client: displayName(client) }))
  })

  router.post('/', async (req, res) => {
    const { challenge, login, password } = req.body
    const subject = findSubject(login, password)
    if (subject) {
      // Without `remember`, signing out of one app would not sign the user out of the others.
      const accepted = { subject, remember: true, remember_for: DAY, amr: ['pwd'] }
      res.redirect(303, await hydra.accept('login', challenge, accepted))
    } else {
      const { client } = await hydra.getLoginRequest(challenge)
      const problem = 'The login or password is wrong.'
      res.status(401).send(loginPage({ challenge, client: displayName(client), problem }))
    }
  })

  return router
}
