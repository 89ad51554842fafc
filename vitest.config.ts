import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // A busy machine can make a real server or browser late. Vitest names what passed at the second try.
    retry: process.env['CI'] ? 1 : 0,
  },
})
