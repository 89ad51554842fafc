import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'

// The examples and the benchmark are separate packages, where the name of the library no longer resolves to this repository.
for (const place of ['examples', 'bench']) await linkLibrary(place)

async function linkLibrary(place: string): Promise<void> {
  const folder = join(import.meta.dirname, '..', place, 'node_modules/express-oidc-rp')
  await mkdir(folder, { recursive: true })
  // Not a single link to the repository: it would contain itself, and tools that walk the files would never finish.
  for (const name of ['package.json', 'dist']) {
    await symlink(join('../../..', name), join(folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}
