import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { answerQuestion, DOCTOR_HEADER, sendReport } from '../../session/setup-report.ts'
import type { Route } from '../request/route.ts'

/** Makes a route that also tells `doctor` how the app is set up. Every other request gets the route's own answer. */
export function withSetupReport(rp: Pick<RelyingParty, 'settings' | 'sealer'>, route: Route): Route {
  return {
    ...route,
    async handle(req, res) {
      const isAsked = req.headers[DOCTOR_HEADER] !== undefined && req.method === 'GET'
      const report = isAsked && answerQuestion(await rp.sealer(), req, rp.settings)
      if (report) sendReport(req, res, report)
      else await route.handle(req, res)
    },
  }
}
