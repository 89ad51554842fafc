import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { readDocument } from '../house/documents.ts'
import { type Child, startCommand } from '../processes/child.ts'
import { freePort } from '../processes/free-port.ts'

const root = join(import.meta.dirname, '../../..')

/** An app of a page that runs in a process of its own. */
export interface RunningRecipe extends Child {
  /** Where it listens. */
  readonly origin: string
  /** Its public address. */
  readonly url: string
}

export interface RecipeSettings {
  readonly issuer: string
  /** The default is where the app listens. */
  readonly baseUrl?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The default is a free port. */
  readonly port?: number
}

/** The files that a page shows: blocks that begin with a comment that is a file name. */
export function filesOf(page: string): ReadonlyMap<string, string> {
  const blocks = readDocument(page).matchAll(/^```\w+\n(?:\/\/|#|--) (\S+\.\w+)\n([\s\S]*?)^```$/gm)
  return new Map([...blocks].map(([, name = '', code = '']) => [name, code]))
}

/** Saves the files of a page in a new folder, where the packages of the repository are installed, or those of a part of it. Tells the folder. */
export async function saveFiles(
  page: string,
  change: (code: string) => string = code => code,
  packages = 'node_modules',
): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'oidc-recipe-'))
  onTestFinished(() => rm(parent, { recursive: true, force: true, maxRetries: 5 }))
  await symlink(join(root, packages), join(parent, 'node_modules'), 'junction')
  const folder = join(parent, 'app')
  await mkdir(join(folder, 'node_modules'), { recursive: true })
  await symlink(root, join(folder, 'node_modules/express-oidc-rp'), 'junction')
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  for (const [name, code] of filesOf(page)) await writeFile(join(folder, name), change(code))
  return folder
}

/** Starts an app from a folder that {@link saveFiles} has filled, and waits until it listens. */
export async function startFile(
  folder: string,
  file: string,
  { issuer, baseUrl, env = {}, port: given }: RecipeSettings,
): Promise<RunningRecipe> {
  const port = given ?? (await freePort())
  const origin = `http://localhost:${port}`
  const url = baseUrl ?? origin
  const child = startCommand([process.execPath, file], {
    cwd: folder,
    env: {
      PORT: String(port),
      BASE_URL: url,
      ISSUER_BASE_URL: issuer,
      OIDC_STORE: join(folder, `.oidc-${port}`),
      SESSION_SECRET: 'a secret for the apps of the recipes',
      NODE_ENV: undefined,
      ...env,
    },
  })
  onTestFinished(async () => void (await child.stop()))
  await child.says('Listening')
  return { ...child, origin, url }
}

/** Starts the app of a page. */
export async function startRecipe(
  page: string,
  settings: RecipeSettings,
  change?: (code: string) => string,
): Promise<RunningRecipe> {
  return startFile(await saveFiles(page, change), 'app.ts', settings)
}
