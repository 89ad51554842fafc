import type { Reporter, TestModule } from 'vitest/node'

/** Prints a line for each project behind a run, which people and programs can read: `fast: 4900 passed, 0 failed`. */
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const name of new Set(modules.map(module => module.project.name))) {
      const { passed, failed, skipped } = count(modules.filter(module => module.project.name === name))
      const rest = skipped > 0 ? `, ${skipped} skipped` : ''
      console.log(`${name}: ${passed} passed, ${failed} failed${rest}`)
    }
  }
}

type Counts = Record<'passed' | 'failed' | 'skipped', number>

/** A file that fails without a failed test, such as one that cannot be imported, counts as one. */
function count(modules: readonly TestModule[]): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const module of modules) {
    const before = counts.failed
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state !== 'pending') counts[state] += 1
    }
    if (counts.failed === before && !module.ok()) counts.failed += 1
  }
  return counts
}
