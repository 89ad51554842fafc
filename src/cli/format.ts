import { OidcError } from '../vocabulary/errors.ts'
import { UsageError } from './command.ts'

/** A failure as the command line shows it. */
export interface Failure {
  readonly code?: string
  readonly message: string
}

const LONGEST = 300

/** Says a failure in one sentence, with the code if it is one of ours. Never a stack trace. */
export function failureOf(error: unknown): Failure {
  if (error instanceof OidcError) return { code: error.code, message: error.message }
  return { message: error instanceof UsageError ? error.message : sentenceOf(error) }
}

/** The words of an error that may not be ours. Passwords in addresses, and texts that could not be parsed, are left out. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Something that is no Error was thrown.'
  const [line = ''] = error.message.split('\n')
  const isParseError = error instanceof SyntaxError && /JSON/.test(line) // JSON.parse quotes the text
  const words = isParseError ? 'a JSON text cannot be parsed' : line.replace(/:\/\/[^@\s/]*@/g, '://…@')
  return words.slice(0, LONGEST) || error.name
}

/** A moment, to the second. */
export function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** A value in one line. */
export function textOf(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'nothing'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
