import { defineConfig } from 'vitest/config'
import { everySuite } from './test/support/setup/every-suite.ts'

/** For `npm run trouble`, which causes every trouble that has a test and prints what the user and the operator get to see. */
export default defineConfig({
  test: {
    ...everySuite,
    include: ['test/trouble/**/*.test.ts'],
    reporters: ['default', './test/support/trouble/table-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
