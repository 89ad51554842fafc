/** What holds for every suite. A test that expects nothing, and a table without rows, fail: they would pass whatever the code does. */
export const everySuite = {
  expect: { requireAssertions: true, poll: { timeout: 30_000 } },
  setupFiles: ['test/support/setup/every-file.ts'],
}
