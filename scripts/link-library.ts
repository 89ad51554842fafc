import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'

// The examples have packages of their own, from where the name of the library no longer means this repository.
const folder = join(import.meta.dirname, '../examples/node_modules/express-oidc-rp')
await mkdir(folder, { recursive: true })
// Not one link to the repository: it would be inside itself, and whoever walks through the files would never come out.
for (const name of ['package.json', 'dist']) {
  await symlink(join('../../..', name), join(folder, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}
