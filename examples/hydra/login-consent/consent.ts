import express, { type Router } from 'express'
import { type AdminApi, type ConsentRequest, displayName } from './admin-api.ts'
import { consentPage } from './pages.ts'
import { claimsFor } from './users.ts'

const DAY = 24 * 60 * 60

/** Asks the user to allow what the app requests, unless Hydra remembers the answer. */
export function consent(hydra: AdminApi): Router {
  const router = express.Router()

  router.get('/', async (req, res) => {
    const challenge = req.query['consent_challenge']
    const request = await hydra.getConsentRequest(challenge)
    const { subject, requested_scope: scope, client } = request
    if (request.skip) res.redirect(303, await hydra.accept('consent', challenge, grant(request)))
    else res.send(consentPage({ challenge, subject, scope, client: displayName(client) }))
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

/** Grants everything the app requested. `id_token` contains the claims that the app will see. */
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
    session: { id_token: claimsFor(subject, scope) },
  }
}
