import type { OidcError, RelyingPartyOptions } from '../../src/index.ts'
import { memoryStore } from '../../src/index.ts'
import { buildSettings, type Settings } from '../../src/relying-party/options/settings.ts'

/** Options that are enough. The store touches no disk. */
export const enough = { issuer: 'https://op.test', baseUrl: 'https://app.test', store: memoryStore() }

/** The settings that options give, of whatever shape they are. */
export function settingsOf(options: object, environment: Readonly<Record<string, string>> = {}): Settings {
  return buildSettings({ ...enough, ...options } as RelyingPartyOptions, environment)
}

/** The error with which options are refused. */
export function refusalOf(options: object, environment: Readonly<Record<string, string>> = {}): OidcError {
  try {
    settingsOf(options, environment)
  } catch (error) {
    return error as OidcError
  }
  throw new Error('The options were accepted.')
}
