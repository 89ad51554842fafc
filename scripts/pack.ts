import { cp, mkdir, readdir, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './command.ts'

/** The tarball that would be published. */
export interface PackedLibrary {
  readonly file: string
  /** Paths inside it, sorted. */
  readonly files: readonly string[]
  /** Bytes. */
  readonly size: number
  /** Bytes. */
  readonly unpackedSize: number
}

interface PackAnswer {
  readonly filename: string
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}

/** The repository. */
export const root: string = fileURLToPath(new URL('..', import.meta.url))

const NOT_COPIED = ['dist', 'coverage']

/** Builds and packs a copy of the library, so that other processes keep their `dist` and nothing stale is packed. */
export async function packLibrary(folder: string): Promise<PackedLibrary> {
  const copy = join(folder, 'library')
  await mkdir(copy)
  for (const name of await readdir(root)) {
    if (NOT_COPIED.includes(name) || name.startsWith('.')) continue
    await cp(join(root, name), join(copy, name), { recursive: true, filter: isNotInstalled })
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  const { filename, files, size, unpackedSize } = packAnswer(
    await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: copy }),
  )
  return { file: join(folder, filename), files: files.map(file => file.path).sort(), size, unpackedSize }
}

/** The benchmark has packages of its own. */
function isNotInstalled(path: string): boolean {
  return basename(path) !== 'node_modules'
}

/** npm prints the output of the build, then a list or, from npm 12, an object by package name. */
function packAnswer(output: string): PackAnswer {
  const json: unknown = JSON.parse(output.slice(output.search(/^[[{]/m)))
  const [answer] = Object.values(json as readonly PackAnswer[] | Readonly<Record<string, PackAnswer>>)
  if (!answer) throw new Error(`npm pack returned nothing:\n${output}`)
  return answer
}
