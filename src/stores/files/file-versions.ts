import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { OidcError } from '../../vocabulary/errors.ts'
import { hasMembers, isListOf, isNumber, isOptional, isText, parseJson } from '../../vocabulary/json.ts'

/** One version of one key. Without `value` the key was deleted. */
export interface Writing {
  readonly key: string
  readonly id: string
  /** The ids of the previous versions, newest first. */
  readonly before: readonly string[]
  readonly expiresAt: number | undefined
  readonly value?: string
}

/** A readable name that two keys never share. */
function fileStem(key: string): string {
  const readable = key.replace(/[^a-z0-9]+/gi, '-').slice(0, 60)
  return `${readable}.${createHash('sha256').update(key).digest('hex').slice(0, 16)}`
}

/** The file name of one version of a key. */
export const fileName = (key: string, number: number): string => `${fileStem(key)}.${number}.json`

/** The numbers of a key's existing versions, newest first. */
export async function numbers(directory: string, key: string): Promise<number[]> {
  const stem = `${fileStem(key)}.`
  const names = (await fs.promises.readdir(directory).catch(ignoreAbsence)).filter(
    name => name.startsWith(stem) && name.endsWith('.json'),
  )
  const found = names
    .map(name => name.slice(stem.length, -'.json'.length))
    .filter(number => /^\d+$/.test(number))
  return found.map(Number).sort((a, b) => b - a)
}

/** A folder that was removed while the app runs counts as empty; the next write creates it again. */
export function ignoreAbsence(error: unknown): string[] {
  if (isCode(error, 'ENOENT')) return []
  throw error
}

/** Reads one version, or returns `undefined` if it has been replaced by newer ones and removed. */
export async function read(directory: string, key: string, number: number): Promise<Writing | undefined> {
  const path = join(directory, fileName(key, number))
  const text = await fs.promises.readFile(path, 'utf8').catch(error => {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  })
  if (text === undefined) return undefined
  const writing = parseWriting(text)
  if (writing) return writing
  throw new OidcError('ERR_OIDC_STORE_CORRUPT', {
    message: `The file ${path} cannot be read. Restore it, or move it away to start from scratch.`,
  })
}

const isWriting = hasMembers<Writing>({
  key: isText,
  id: isText,
  before: isListOf(isText),
  expiresAt: isOptional(isNumber),
  value: isOptional(isText),
})

/** Parses a version from the text of its file, or returns `undefined` if it is not one. */
export function parseWriting(text: string): Writing | undefined {
  const writing = parseJson(text)
  return isWriting(writing) ? writing : undefined
}

/** Whether an error of the file system has a code. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
