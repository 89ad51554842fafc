import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { isObject, type JsonObject } from '../vocabulary/json.ts'
import { packageFolder } from './package-folder.ts'

/** The apps that `new` can copy, each a folder below `examples`. */
export const starters: readonly string[] = [
  'basic',
  'cluster',
  'guarded-api',
  'hydra',
  'javascript',
  'live',
  'several-providers',
  'spa-bff',
  'websocket',
]

/** An app that is ready to be written to a folder. */
export interface Starter {
  /** Texts by their path in that folder. */
  readonly files: ReadonlyMap<string, string>
  /** The npm script that starts it, as one types it. */
  readonly start: string
  /** The versions of Node.js that it runs on. */
  readonly nodeVersions: string
}

/** What a copy of a starter gets of its own. */
export interface StarterSettings {
  /** The name of its package. */
  readonly name: string
  /** The port of the app. Others that the starter needs come after it. */
  readonly port: number
}

/** What running an example in the repository leaves in its folder. */
const LEFTOVERS = ['node_modules', 'package-lock.json', '.env', '.oidc', '.redis']

/** npm leaves files with this name out of packages, so the package has none to copy. */
const GITIGNORE = 'node_modules/\n.env\n.oidc/\n.redis/\n'

/** Reads a starter from this package, and gives it a name and a port. All its files are text. */
export async function readStarter(example: string, { name, port }: StarterSettings): Promise<Starter> {
  const folder = join(packageFolder, 'examples', example)
  const files = new Map<string, string>()
  for (const path of await listFiles(folder))
    files.set(path, moveToPort(await readFile(join(folder, path), 'utf8'), port))
  const manifest = parseManifest(files.get('package.json'))
  files.set('package.json', `${JSON.stringify({ ...manifest, name }, undefined, 2)}\n`)
  files.set('.gitignore', GITIGNORE)
  const { scripts, engines } = manifest
  const start = isObject(scripts) && 'dev' in scripts ? 'npm run dev' : 'npm start'
  return { files, start, nodeVersions: isObject(engines) ? String(engines['node']) : '*' }
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
  return paths.filter(path => !path.split(sep).some(part => LEFTOVERS.includes(part))).sort()
}

/** The starters use port 3000, and those after it if they need several. Their documents name the same ports. */
function moveToPort(text: string, port: number): string {
  return text.replace(/\b300(\d)\b/g, (_, offset) => String(port + Number(offset)))
}

function parseManifest(text = '{}'): JsonObject {
  const manifest: unknown = JSON.parse(text)
  return isObject(manifest) ? manifest : {}
}
