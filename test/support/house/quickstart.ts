import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readDocument, snippetsOf } from './documents.ts'

const page = 'docs/quickstart.md'
const root = join(import.meta.dirname, '../../..')

/** A folder with the files that the page tells readers to create, and the packages that it tells them to install. */
export async function followPage(): Promise<string> {
  const cache = 'node_modules/.cache'
  await mkdir(join(root, cache), { recursive: true })
  const folder = await mkdtemp(join(root, cache, 'quickstart-'))
  await mkdir(join(folder, 'node_modules'))
  await symlink(root, join(folder, 'node_modules/express-oidc-rp'), 'junction')
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  const [app, dev] = snippetsOf(page, readDocument(page), 'js')
  await writeFile(join(folder, 'app.js'), app?.code ?? '')
  await writeFile(join(folder, 'dev.js'), dev?.code ?? '')
  return folder.slice(root.length + 1)
}
