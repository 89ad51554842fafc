import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'
import { buildTable } from './table.ts'

/** Prints the table of troubles behind a run, in Markdown. `TROUBLE_TABLE` names a file for it too. */
export default class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.flatMap(module =>
      [...module.children.allTests()].flatMap(test => test.meta().trouble ?? []),
    )
    const table = buildTable(rows)
    console.log(`\n${table}`)
    const { TROUBLE_TABLE: file } = process.env
    if (file) writeFileSync(file, `${table}\n`)
  }
}
