import { OidcError } from '../vocabulary/errors.ts'
import { CommandError } from './command.ts'

/** A failure as the command line prints it. */
export interface Failure {
  readonly code?: string
  readonly message: string
}

const MAX_LENGTH = 300

/** Describes a failure in one sentence, with the code of an `OidcError`. Never a stack trace. */
export function failureOf(error: unknown): Failure {
  if (error instanceof OidcError) return { code: error.code, message: error.message }
  return { message: error instanceof CommandError ? error.message : sentenceOf(error) }
}

/** The message of any error, without passwords in URLs and without quotes of text that could not be parsed. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Something other than an Error was thrown.'
  const [line = ''] = error.message.split('\n')
  const isParseError = error instanceof SyntaxError && /JSON/.test(line) // the message of JSON.parse quotes the text
  const words = isParseError ? 'invalid JSON' : line.replace(/:\/\/[^@\s/]*@/g, '://…@')
  return words.slice(0, MAX_LENGTH) || error.name
}

/** A time, to the second. */
export function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** A value on one line. */
export function textOf(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'nothing'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Lines of two aligned columns. Entries without a value are left out. */
export function buildTable(entries: Readonly<Record<string, string | undefined>>): string[] {
  const present = Object.entries(entries).filter(([, value]) => value !== undefined)
  const width = Math.max(0, ...present.map(([label]) => label.length))
  return present.map(([label, value]) => `${label.padEnd(width)}  ${value}`)
}
