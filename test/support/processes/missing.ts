import { existsSync } from 'node:fs'

/** Says what these tests do without, which skips them. With `REQUIRE_SERVICES=1` that is a failure. */
export function skipWithout(sentence: string): true {
  if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(sentence)
  console.warn(`Skipped. ${sentence}`)
  return true
}

/** Whether a program is missing, without which tests are skipped; says how to install it. */
export function isMissing(path: string | undefined, name: string, install: string): boolean {
  if (path !== undefined && existsSync(path)) return false
  return skipWithout(`${name} is not installed, which these tests need: ${install}`)
}
