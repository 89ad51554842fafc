import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'

// The examples are separate packages, where the name of the library no longer resolves to this repository.
const folder = join(import.meta.dirname, '../examples/node_modules/express-oidc-rp')
await mkdir(folder, { recursive: true })
// Not a single link to the repository: it would contain itself, and tools that walk the files would never finish.
for (const name of ['package.json', 'dist']) {
  await symlink(join('../../..', name), join(folder, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}
