import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { RelyingPartyOptions } from '../relying-party/options/options.ts'
import { inTime } from '../vocabulary/deadline.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { isObject, type JsonObject } from '../vocabulary/json.ts'
import { sentenceOf } from './format.ts'

/** What a config module exports. */
export interface Config {
  /** Not checked yet: {@link buildSettings} does that. */
  readonly options: RelyingPartyOptions
  /** Closes what the module opened. Rejects if that takes longer than `milliseconds`. */
  readonly close: (milliseconds: number) => Promise<void>
}

/** Milliseconds that a config module has to load: it may be waiting for a server that is down. */
const LOAD_TIMEOUT = 15_000

/**
 * Loads the options from a module, which exports them as `options` or as its default export, and may export `close()`.
 * Without a module, all options come from the environment.
 *
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, which names the file and the reason.
 */
export async function loadConfig(file: string | undefined, directory: string): Promise<Config> {
  if (file === undefined) return { options: {}, close: async () => undefined }
  const path = resolve(directory, file)
  if (!existsSync(path))
    throw configError(`There is no file ${path}. --config needs the module that exports the options`)
  const loaded = await inTime(importModule(path), LOAD_TIMEOUT, () =>
    configError(`${path} did not finish loading within ${LOAD_TIMEOUT / 1_000} s. Check what it awaits`),
  )
  const { options, close } = findOptions(loaded)
  if (typeof options !== 'object' || options === null)
    throw configError(
      `${path} must export the options of relyingParty(), as its default export or as "options"`,
    )
  return { options, close: milliseconds => closeModule(close, milliseconds) }
}

async function importModule(path: string): Promise<JsonObject> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
      throw configError(
        `This Node.js (${process.version}) cannot read ${path}. Use Node.js 22.18 or newer for TypeScript, or a JavaScript file`,
      )
    throw configError(`${path} could not be loaded: ${sentenceOf(error).replace(/\.$/, '')}`)
  }
}

/** An ES module has named exports; a CommonJS module may have all of them on its default export. */
function findOptions(loaded: JsonObject): JsonObject {
  const defaultExport = loaded['default']
  if (loaded['options'] !== undefined) return loaded
  if (isObject(defaultExport) && (isObject(defaultExport['options']) || isObject(defaultExport['default'])))
    return findOptions(defaultExport)
  return { options: defaultExport, close: loaded['close'] }
}

async function closeModule(close: unknown, milliseconds: number): Promise<void> {
  if (typeof close !== 'function') return
  const late = (): Error => new Error(`close() took longer than ${milliseconds} ms.`)
  await inTime(Promise.resolve(close()), milliseconds, late)
}

function configError(sentence: string): OidcError {
  return new OidcError('ERR_OIDC_INVALID_OPTION', { message: `${sentence}.` })
}
