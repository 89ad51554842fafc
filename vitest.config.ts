import { defineConfig } from 'vitest/config'
import { everySuite } from './test/support/setup/every-suite.ts'

const slow = 'test/**/*.slow.test.ts'
const waits = { testTimeout: 60_000, hookTimeout: 60_000 }

/** `npm test` runs the first project, `npm run test:slow` the second, and a path given to vitest is found in either. */
export default defineConfig({
  test: {
    ...everySuite,
    // Tests wait for each other's servers as often as they compute, so the main process need not have a core of its own.
    maxWorkers: '100%',
    reporters: ['default', './test/support/setup/counts-reporter.ts'],
    // A busy machine can make a real server or browser late. Vitest names what passed at the second try.
    retry: process.env['CI'] ? 1 : 0,
    projects: [
      {
        extends: true,
        test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: [slow], isolate: false, ...waits },
      },
      // Processes, databases, browsers, races, crashes, and whatever else has to wait in real time.
      { extends: true, test: { name: 'slow', include: [slow], ...waits } },
    ],
  },
})
