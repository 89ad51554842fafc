import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { RelyingPartyOptions } from '../relying-party/options/options.ts'
import { inTime } from '../vocabulary/deadline.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { isObject, type JsonObject } from '../vocabulary/json.ts'
import { sentenceOf } from './format.ts'

/** What a config module gives. */
export interface Config {
  /** Not checked yet: {@link buildSettings} does that. */
  readonly options: RelyingPartyOptions
  /** Closes what the module opened, within so many milliseconds. */
  readonly close: (milliseconds: number) => Promise<void>
}

/** Milliseconds that a config module may take to load: it may wait for a server that is away. */
const LOADING = 15_000

/**
 * Loads the options from a module, which exports them as `options` or by default, and may export `close()`. Without a
 * module there are none, and the environment says all.
 *
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the file and the reason.
 */
export async function loadConfig(file: string | undefined, directory: string): Promise<Config> {
  if (file === undefined) return { options: {}, close: async () => undefined }
  const path = resolve(directory, file)
  if (!existsSync(path)) throw configError(`There is no file ${path}. Name the module with the options`)
  const loaded = await inTime(importModule(path), LOADING, () =>
    configError(`${path} did not finish loading within ${LOADING / 1_000} s. Look at what it awaits`),
  )
  const { options, close } = findOptions(loaded)
  if (typeof options !== 'object' || options === null)
    throw configError(`${path} must export the options of relyingParty(), by default or as "options"`)
  return { options, close: milliseconds => closeModule(close, milliseconds) }
}

async function importModule(path: string): Promise<JsonObject> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
      throw configError(
        `This Node.js (${process.version}) cannot read ${path}. Use Node.js 22.18 or newer for TypeScript, or name a JavaScript file`,
      )
    throw configError(`${path} could not be loaded: ${sentenceOf(error).replace(/\.$/, '')}`)
  }
}

/** An ES module has named exports; one of CommonJS may have all of them on its default export. */
function findOptions(loaded: JsonObject): JsonObject {
  const byDefault = loaded['default']
  if (loaded['options'] !== undefined) return loaded
  if (isObject(byDefault) && (isObject(byDefault['options']) || isObject(byDefault['default'])))
    return findOptions(byDefault)
  return { options: byDefault, close: loaded['close'] }
}

async function closeModule(close: unknown, milliseconds: number): Promise<void> {
  if (typeof close !== 'function') return
  const late = (): Error => new Error(`close() took longer than ${milliseconds} ms.`)
  await inTime(Promise.resolve(close()), milliseconds, late)
}

function configError(sentence: string): OidcError {
  return new OidcError('ERR_OIDC_INVALID_OPTION', { message: `${sentence}.` })
}
