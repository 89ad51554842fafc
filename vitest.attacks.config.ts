import { mergeConfig } from 'vitest/config'
import { readWithout } from './test/support/attacks/read-without.ts'
import base from './vitest.config.ts'

const removals = JSON.parse(process.env['WITHOUT'] ?? '[]')

/** For `npm run attacks`, which runs tests without the lines that they are about. */
export default mergeConfig(base, {
  plugins: [readWithout(removals)],
  // Only what vite reads itself can be changed.
  test: { server: { deps: { inline: [/\/(jose|oauth4webapi|openid-client)\//] } } },
})
