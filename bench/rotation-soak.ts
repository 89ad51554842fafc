// Rotates the credentials of an app that runs in several processes while users sign in and out and refresh access tokens:
// `npm run soak:rotation`, with ROTATIONS=20, WAY=keys|secret|replacement|all, PROCESSES=4, BROWSERS=12, and SECONDS=0 as the
// minimum for each way.
import type { RotationWay } from '../src/relying-party/changes/rotate-credentials.ts'
import { type Figures, tableOf } from '../test/support/soak/figures.ts'
import { ways } from '../test/support/soak/providers.ts'
import { runSoak } from '../test/support/soak/soak.ts'

const { ROTATIONS = '20', WAY = 'all', PROCESSES = '4', BROWSERS = '12', SECONDS = '0' } = process.env
const size = {
  rotations: Number(ROTATIONS),
  processes: Number(PROCESSES),
  browsers: Number(BROWSERS),
  seconds: Number(SECONDS),
}
const chosen = (Object.keys(ways) as RotationWay[]).filter(way => WAY === 'all' || WAY === way)
if (chosen.length === 0) throw new Error(`WAY must be all, ${Object.keys(ways).join(', ')}.`)

const all: Figures[] = []
for (const way of chosen) all.push(await runSoak(way, size))
console.log(tableOf(all))
for (const { way, problems } of all) if (problems) console.error(`${way}:\n${problems}`)
const hasPassed = all.every(
  ({ failed, errorsShown, liveClients }) => failed + errorsShown === 0 && liveClients === 1,
)
process.exitCode = hasPassed ? 0 : 1
