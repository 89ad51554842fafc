// Lets people use an app of several processes while its replicas, its provider and its store are restarted at random:
// `npm run soak`, with SOAK_MINUTES=60, PROCESSES=3, GUESTS=6, and LIFETIME=120 as the seconds after which a login is over.

import { runLongSoak } from '../test/support/long-soak/long-soak.ts'
import { isLevel } from '../test/support/long-soak/samples.ts'

const { SOAK_MINUTES = '60', PROCESSES = '3', GUESTS = '6', LIFETIME = '120' } = process.env
const { developments, failures, ...figures } = await runLongSoak({
  minutes: Number(SOAK_MINUTES),
  processes: Number(PROCESSES),
  guests: Number(GUESTS),
  absoluteLifetime: Number(LIFETIME),
  samples: 60,
  pause: { least: 5, spread: 30 },
})
console.log(figures)
console.table(
  developments.map(({ quantity, first, last, slopes: [before, after], third, fourth }) => ({
    quantity,
    first: Math.round(first),
    last: Math.round(last),
    'growth a minute, first half': Math.round(before),
    'second half': Math.round(after),
    'third quarter': Math.round(third),
    'last quarter': Math.round(fourth),
  })),
)
for (const failure of failures.slice(0, 20)) console.error(failure)
const growing = developments.filter(development => !isLevel(development))
for (const { quantity } of growing) console.error(`The ${quantity} did not level off.`)
process.exitCode = failures.length + growing.length === 0 ? 0 : 1
