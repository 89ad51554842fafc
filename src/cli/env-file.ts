import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { OidcError } from '../vocabulary/errors.ts'
import type { Terminal } from './command.ts'
import { sentenceOf } from './format.ts'

/**
 * Adds the variables of files to the environment, as `node --env-file` does: what the environment has already stays, and of two
 * files the later one wins. A config module sees them too.
 *
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, which names the file and the reason.
 */
export function loadEnvFiles(
  files: readonly string[],
  { directory, environment }: Pick<Terminal, 'directory' | 'environment'>,
): void {
  const found = files.map(file => parseEnv(read(resolve(directory, file))))
  for (const [name, value] of Object.entries(Object.assign({}, ...found) as Record<string, string>))
    environment[name] ??= value
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const reason = isMissing ? `There is no file ${path}` : `${path} could not be read: ${sentenceOf(error)}`
    throw new OidcError('ERR_OIDC_INVALID_OPTION', {
      message: `${reason}. --env-file needs a file with lines such as BASE_URL=https://app.example.`,
    })
  }
}
