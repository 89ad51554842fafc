import { defineConfig } from 'vitest/config'
import { WORKERS } from './test/providers/matrix/workers.ts'
import { everySuite } from './test/support/setup/every-suite.ts'

/** For `npm run test:providers`, which starts real providers: see `test/providers/README.md`. */
export default defineConfig({
  test: {
    ...everySuite,
    name: 'providers',
    include: ['test/providers/flows/*.flows.ts', 'test/providers/pages/*.pages.ts'],
    globalSetup: 'test/providers/servers/global-setup.ts',
    reporters: [
      'default',
      './test/providers/matrix/table-reporter.ts',
      './test/support/setup/counts-reporter.ts',
    ],
    testTimeout: 240_000,
    hookTimeout: 600_000,
    maxWorkers: WORKERS,
  },
})
