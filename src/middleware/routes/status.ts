import { buildStatusReport, type ReportedParty } from '../../session/build-status-report.ts'
import type { StatusReport } from '../../session/status-report.ts'
import { singleFlight } from '../../vocabulary/single-flight.ts'
import { buildStatusPage } from '../pages/status-page.ts'
import { sendJson, sendPage } from '../request/answer.ts'
import { isNavigation } from '../request/navigation.ts'
import type { Route } from '../request/route.ts'

/**
 * Makes the report for operators, which the app mounts and guards itself. Requests that come while a report is being made get the
 * same one, so that however many come, the stores are asked once at a time.
 */
export function status(rp: ReportedParty): Route {
  const begun = performance.now()
  const reports = singleFlight<StatusReport>()
  return {
    methods: ['GET', 'HEAD'],
    needsSession: false,
    async handle(req, res) {
      const report = await reports.run('report', () => buildStatusReport(rp, begun))
      if (isNavigation(req)) sendPage(res, 200, buildStatusPage(report))
      else sendJson(res, 200, report)
    },
  }
}
