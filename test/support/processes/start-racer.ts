// A process of its own that starts an app on a store together with others, when its parent says so.
import { relyingParty } from '../../../src/index.ts'
import { type Medium, openMedium } from '../stores/media.ts'

/** What a racer is told when it is made. */
interface RacerTask {
  readonly medium: Medium
  readonly issuer: string
}

/** What a racer answers: the client that it got. */
export interface RacerReport {
  readonly clientId: string | undefined
}

const { medium, issuer } = JSON.parse(process.argv[2] ?? '{}') as RacerTask
const opened = await openMedium(medium)

process.on('message', (round: string) => {
  start(round).catch(error => {
    console.error(error)
    process.exit(1)
  })
})
process.send?.('ready')

/** Starts as an app does: the store is new in each round, and so is the client. */
async function start(round: string): Promise<void> {
  const rp = relyingParty({
    issuer,
    baseUrl: 'http://localhost:1',
    name: 'race',
    store: opened.store(round),
    log: false,
  })
  await rp.ready()
  const report: RacerReport = { clientId: rp.status().clientId }
  process.send?.(report)
  await rp.close()
}
