import { CommandError } from './command.ts'

interface Reason {
  readonly rule: string
  readonly fix: string
}

const permission: Reason = {
  rule: 'a place where this user may write',
  fix: 'Use another folder, or change the permissions.',
}
const room: Reason = {
  rule: 'on a disk with room for the app',
  fix: 'Free some space, or use a folder on another disk.',
}
const fresh: Reason = {
  rule: 'new or empty, and another process wrote there at the same time',
  fix: 'Use another name.',
}
const reasons: Readonly<Record<string, Reason>> = {
  EACCES: permission,
  EPERM: permission,
  EROFS: { rule: 'on a disk that can be written to', fix: 'Use a folder on another disk.' },
  ENOSPC: room,
  EDQUOT: room,
  ENOTDIR: { rule: 'below folders, not below a file', fix: 'Use another name.' },
  EEXIST: fresh,
  ENOTEMPTY: fresh,
}
const other: Reason = { rule: 'a folder that can be written', fix: 'Use another folder.' }

/**
 * Says why a folder could not be written.
 *
 * @param remains - What could not be removed again.
 */
export function unwritableFolder(folder: string, error: unknown, remains: string | undefined): CommandError {
  const code = codeOf(error)
  const { rule, fix } = reasons[code] ?? other
  const rest = remains === undefined ? 'Nothing was created.' : `Remove ${remains}, which is incomplete.`
  return new CommandError(
    `DIRECTORY must be ${rule}: ${folder} could not be written (${code}). ${fix} ${rest}`,
    {
      cause: error,
    },
  )
}

/** The code of a failure of the file system. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no code'
}
