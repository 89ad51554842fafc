import express, { type Router } from 'express'
import { type AdminApi, type ConsentRequest, nameOf } from './admin-api.ts'
import { consentPage } from './pages.ts'
import { claimsOf } from './users.ts'

const DAY = 24 * 60 * 60

/** Asks whether the app may have what it would like to, unless Hydra remembers the answer. */
export function consent(hydra: AdminApi): Router {
  const router = express.Router()

  router.get('/', async (req, res) => {
    const challenge = req.query['consent_challenge']
    const request = await hydra.getConsentRequest(challenge)
    const { subject, requested_scope: scope, client } = request
    if (request.skip) res.redirect(303, await hydra.accept('consent', challenge, grant(request)))
    else res.send(consentPage({ challenge, subject, scope, client: nameOf(client) }))
  })

  router.post('/', async (req, res) => {
    const { challenge, decision } = req.body
    if (decision === 'allow') {
      const request = await hydra.getConsentRequest(challenge)
      res.redirect(303, await hydra.accept('consent', challenge, grant(request)))
    } else {
      res.redirect(303, await hydra.reject('consent', challenge))
    }
  })

  return router
}

/** Grants what is asked for. What is in `id_token` becomes the user's claims in the app. */
function grant({
  subject,
  requested_scope: scope,
  requested_access_token_audience: audience,
}: ConsentRequest) {
  return {
    grant_scope: scope,
    grant_access_token_audience: audience ?? [],
    remember: true,
    remember_for: DAY,
    session: { id_token: claimsOf(subject, scope) },
  }
}
