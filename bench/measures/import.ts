import { run } from '../../scripts/command.ts'
import { folder } from '../harness/install.ts'
import { median } from '../harness/numbers.ts'
import type { Measure } from './measure.ts'

const TIMES = 5

/** What importing adds to the start of an app that has imported express and express-session. */
export const importTime: Measure = {
  columns: { import: { title: 'import, ms', digits: 1 } },
  async run({ packages, imports = packages }) {
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
  },
}
