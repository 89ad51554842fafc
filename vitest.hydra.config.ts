import { defineConfig } from 'vitest/config'

/** For `npm run test:hydra`, which needs a Hydra that runs. */
export default defineConfig({
  test: {
    include: ['test/providers/*.hydra.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
