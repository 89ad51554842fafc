import { type RequestHandler, type Response, Router } from 'express'
import { type RelyingPartyMiddleware, requireUser, withUser } from 'express-oidc-rp'
import type { ProviderControls } from './provider-controls.ts'
import { sameOrigin } from './same-origin.ts'
import type { WatchedLibrary } from './watch-library.ts'

/** Scripts get 401 and the address to sign in at, instead of a redirect to a page of the provider. */
const answers = { onUnauthenticated: 'challenge' } as const

/**
 * Who may rotate credentials and stop the provider. On your machine, that is every user.
 * In production, it is an operator: `requireRoles('admin', answers)`.
 */
const operator = requireUser(answers)

/** The buttons of the page. All of them change something, so all are POST, and only from pages of this app. */
export function actions(
  rp: RelyingPartyMiddleware,
  library: WatchedLibrary,
  provider?: ProviderControls,
): Router {
  const router = Router()
  /** Does it, tells the pages that are open, and leads a browser without scripts back to the page. */
  const run =
    (action: () => Promise<unknown>): RequestHandler =>
    async (_req, res) => {
      await action()
      library.tellPages()
      back(res)
    }

  router.use(sameOrigin())
  router.post(
    '/rotate',
    operator,
    run(() => rp.rotate()),
  )
  router.post(
    '/sign-out-everywhere',
    withUser(async (req, res) => {
      await rp.sessions.endAll(req.user)
      back(res)
    }, answers),
  )
  if (provider) router.use('/provider', providerActions(provider, run))
  return router
}

function providerActions(
  provider: ProviderControls,
  run: (action: () => Promise<unknown>) => RequestHandler,
): Router {
  const router = Router()
  router.post('/start', run(provider.start)) // without a user, because nobody can sign in at a provider that is down
  router.post('/stop', operator, run(provider.stop))
  router.post(
    '/end-session',
    withUser(async (req, res) => {
      const { sid } = req.oidc.claims ?? {}
      if (sid !== undefined) await provider.endSession?.(sid)
      back(res)
    }, answers),
  )
  return router
}

function back(res: Response): void {
  res.redirect(303, '/')
}
