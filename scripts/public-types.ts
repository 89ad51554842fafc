import { readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'

const doors = ['index', 'redis', 'postgres', 'sqlite', 'opentelemetry', 'testing'].map(name => `${name}.d.ts`)

/** The files of types in a folder that a user can import, and those that they need. */
export async function publicTypes(folder: string): Promise<readonly string[]> {
  const found = new Set(doors)
  for (const file of found) {
    // also those that are added meanwhile
    const text = await readFile(join(folder, file), 'utf8')
    for (const [, path = ''] of text.matchAll(/(?:from |import |import\()["'](\.[^"']+)["']/g))
      found.add(normalize(join(dirname(file), path.replace(/(\.d)?\.ts$|\.js$/, '.d.ts'))))
  }
  return [...found]
}
