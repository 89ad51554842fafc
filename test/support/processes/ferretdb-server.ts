import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cachedFolder, makeOnce, runTool } from '../../providers/servers/cache.ts'
import { freePort } from './free-port.ts'
import { isMissing } from './missing.ts'
import { buildService, type Service } from './service.ts'

const MODULE = fileURLToPath(new URL('ferretdb-module', import.meta.url))
const INSTALL = 'apt-get install -y golang'

/** Milliseconds that the first build may take. */
export const BUILD_TIME = 900_000

/** Whether tests with the protocol of MongoDB must be skipped; says how to install what they need. */
export function ferretDbIsMissing(): boolean {
  const { PATH = '' } = process.env
  const go = PATH.split(delimiter)
    .map(folder => join(folder, 'go'))
    .find(existsSync)
  return isMissing(go, 'Go', INSTALL)
}

/** Starts a FerretDB of its own, which speaks the protocol of MongoDB. It is built once, which takes some minutes. */
export async function startFerretDb(): Promise<Service> {
  const path = join(await build(), 'ferretdb')
  const folder = await mkdtemp(join(tmpdir(), 'oidc-ferretdb-'))
  const port = await freePort()
  const service = buildService({
    path,
    args: [`127.0.0.1:${port}`, folder],
    folder,
    killedBy: 'SIGKILL',
    ready: 'Listening on',
  })
  await service.start()
  return {
    port,
    ...service,
    async remove() {
      await service.kill()
      await rm(folder, { recursive: true, maxRetries: 5 })
    },
  }
}

async function build(): Promise<string> {
  const files = await Promise.all(['go.mod', 'go.sum', 'main.go'].map(name => readFile(join(MODULE, name))))
  const folder = cachedFolder('ferretdb', ...files)
  await makeOnce(folder, output =>
    runTool(['go', 'build', '-o', join(output, 'ferretdb'), '.'], { cwd: MODULE, missing: INSTALL }),
  )
  return folder
}
