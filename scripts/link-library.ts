import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'

// The examples have packages of their own, from where the name of the library no longer means this repository.
const folder = join(import.meta.dirname, '../examples/node_modules')
await mkdir(folder, { recursive: true })
await symlink('../..', join(folder, 'express-oidc-rp'), 'junction').catch((error: NodeJS.ErrnoException) => {
  if (error.code !== 'EEXIST') throw error
})
