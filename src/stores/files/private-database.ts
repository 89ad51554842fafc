import fs from 'node:fs'
import { dirname } from 'node:path'
import { OidcError } from '../../vocabulary/errors.ts'

/** SQLite opens these files beside a database, no matter who made them, and takes over what they hold. */
const ENDINGS = ['', '-wal', '-shm', '-journal']

/**
 * Creates the file of a database, and its folder, if they do not exist. Returns its path without links, beside which SQLite puts the
 * other files.
 */
export function createDatabase(path: string): string {
  fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  fs.closeSync(fs.openSync(path, 'a', 0o600))
  return fs.realpathSync(path)
}

/**
 * Makes the files of a database private to the user who runs the app.
 *
 * @throws {@link OidcError} `ERR_OIDC_STORE_UNAVAILABLE` if one belongs to another user, who could read what is written to it.
 */
export function makePrivate(path: string): void {
  for (const file of ENDINGS.map(ending => path + ending)) {
    const found = fs.lstatSync(file, { throwIfNoEntry: false })
    if (!found) continue
    if (process.getuid !== undefined && found.uid !== process.getuid()) throw foreign(file)
    if (found.mode & 0o077 && !found.isSymbolicLink()) fs.chmodSync(file, 0o600)
  }
}

function foreign(file: string): OidcError {
  return new OidcError('ERR_OIDC_STORE_UNAVAILABLE', {
    message: `The file ${file} belongs to another user. Client credentials need a file that belongs to the user who runs the app, in a folder where no other user can create files: name a different one, or correct this one.`,
  })
}
