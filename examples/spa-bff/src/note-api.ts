import express, { type Router } from 'express'
import { requireUser, withUser } from 'express-oidc-rp'

const MAX_LENGTH = 200

/** The notes of each user, in memory. A real app would use a database. */
export function noteApi(): Router {
  const router = express.Router()
  const notes = new Map<string, readonly string[]>()
  router.use(requireUser({ onUnauthenticated: 'challenge' }))

  router.get(
    '/',
    withUser((req, res) => res.json(notes.get(req.user.sub) ?? [])),
  )

  router.post(
    '/',
    express.json(),
    withUser((req, res) => {
      const { text } = req.body ?? {}
      if (typeof text !== 'string' || text.trim() === '' || text.length > MAX_LENGTH) {
        res.status(400).json({ error: `A note must have 1 to ${MAX_LENGTH} characters.` })
        return
      }
      const { sub } = req.user
      notes.set(sub, [...(notes.get(sub) ?? []), text.trim()])
      res.status(201).json(notes.get(sub))
    }),
  )

  return router
}
