import express, { type Router } from 'express'
import { type AdminApi, nameOf } from './admin-api.ts'
import { loginPage } from './pages.ts'
import { findSubject } from './users.ts'

const DAY = 24 * 60 * 60

/** Asks who the user is, unless Hydra remembers him. */
export function login(hydra: AdminApi): Router {
  const router = express.Router()

  router.get('/', async (req, res) => {
    const challenge = req.query['login_challenge']
    const { skip, subject, client } = await hydra.getLoginRequest(challenge)
    if (skip) res.redirect(303, await hydra.accept('login', challenge, { subject }))
    else res.send(loginPage({ challenge, client: nameOf(client) }))
  })

  router.post('/', async (req, res) => {
    const { challenge, login, password } = req.body
    const subject = findSubject(login, password)
    if (subject) {
      // Unless Hydra remembers the user, signing out at one app does not reach the others.
      const answer = { subject, remember: true, remember_for: DAY, amr: ['pwd'] }
      res.redirect(303, await hydra.accept('login', challenge, answer))
    } else {
      const { client } = await hydra.getLoginRequest(challenge)
      const problem = 'Login or password is wrong.'
      res.status(401).send(loginPage({ challenge, client: nameOf(client), problem }))
    }
  })

  return router
}
