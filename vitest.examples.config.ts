import { defineConfig } from 'vitest/config'
import { everySuite } from './test/support/setup/every-suite.ts'

/** For `npm run test:examples`, which installs packages from npm. */
export default defineConfig({
  test: {
    ...everySuite,
    name: 'examples',
    include: ['test/examples/*.example.ts'],
    globalSetup: 'test/examples/pack.ts',
    reporters: ['default', './test/support/setup/counts-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    retry: process.env['CI'] ? 1 : 0,
  },
})
