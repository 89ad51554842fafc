import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'
import type { Cell } from './cell.ts'
import { buildTable } from './table.ts'

/**
 * Prints the table of flows and providers behind a run. `PROVIDERS_TABLE` names a file for it too: Markdown, or JSON if
 * the name ends with `.json`.
 */
export default class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const cells = modules.flatMap(cellsOf)
    const table = buildTable(cells)
    console.log(`\n${table}`)
    const { PROVIDERS_TABLE: file } = process.env
    if (file)
      writeFileSync(file, file.endsWith('.json') ? `${JSON.stringify(cells, null, 2)}\n` : `${table}\n`)
  }
}

function cellsOf(module: TestModule): Cell[] {
  return [...module.children.allTests()].flatMap(test => test.meta().cell ?? [])
}
