import { run } from '../../scripts/command.ts'
import { folder } from '../harness/install.ts'
import { median } from '../harness/numbers.ts'
import { inTurn } from '../harness/side-by-side.ts'
import { type Measure, startsOf } from './measure.ts'

const TIMES = 3

/** What importing adds to the start of an app that has imported express and express-session. */
export const importTime: Measure = {
  columns: { import: { title: 'import, ms', digits: 1 } },
  seconds: (peers, conditions) => peers * startsOf(conditions) * 1.8,
  run: (peers, conditions, report) =>
    inTurn(peers, startsOf(conditions), peer =>
      report(peer, async () => {
        const { packages, imports = packages } = peer
        const program = `
          import 'express'
          import 'express-session'
          const begun = performance.now()
          for (const name of ${JSON.stringify(imports)}) await import(name)
          console.log(performance.now() - begun)`
        const times: number[] = []
        for (let count = 0; count < TIMES; count += 1) {
          const args = ['--input-type=module', '--eval', program]
          times.push(Number(await run(process.execPath, args, { cwd: folder })))
        }
        return { import: median(times) }
      }),
    ),
}
