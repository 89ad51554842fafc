import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLoginConsent } from '../../../examples/hydra/login-consent/app.ts'
import type { ProviderServer, Purpose } from './administration.ts'
import { cachedFolder, makeOnce, runTool } from './cache.ts'
import { administrateHydra } from './hydra-admin.ts'
import { ClassesApi } from './hydra-classes.ts'
import { buildHydraConfiguration, type HydraAddresses } from './hydra-configuration.ts'
import { freePort, type ServerProcess, startProcess } from './process.ts'
import { temporaryFolder } from './temporary-folder.ts'

const MODULE = fileURLToPath(new URL('../hydra-module', import.meta.url))
const INSTALL =
  'Ory Hydra is built from its Go module: install Go 1.22 or newer and a C compiler (apt-get install golang gcc).'
const TAGS = 'sqlite,json1,sqlite_omit_load_extension'

/** Builds Hydra, which takes some minutes the first time, and answers where the program is. */
export async function installHydra(): Promise<string> {
  const files = await Promise.all(['go.mod', 'go.sum', 'main.go'].map(name => readFile(join(MODULE, name))))
  const folder = cachedFolder('hydra', TAGS, ...files)
  await makeOnce(folder, output =>
    runTool(['go', 'build', '-tags', TAGS, '-o', join(output, 'hydra'), '.'], {
      cwd: MODULE,
      env: { ...process.env, CGO_ENABLED: '1' },
      missing: INSTALL,
    }),
  )
  return join(folder, 'hydra')
}

/** Starts Ory Hydra, its data in memory unless they must outlive it, with the login and consent app of `examples/hydra`. */
export async function startHydra(purpose: Purpose): Promise<ProviderServer> {
  const program = await installHydra()
  const folder = await temporaryFolder('hydra')
  const addresses = await findAddresses()
  const pages = await startPages(addresses)
  const file = join(folder.path, 'hydra.json')
  const dsn =
    purpose === 'durable' ? `sqlite://${join(folder.path, 'data.sqlite')}?_fk=true&mode=rwc` : 'memory'
  const configure = (isOpen: boolean): Promise<void> =>
    writeFile(file, JSON.stringify(buildHydraConfiguration(addresses, { dsn, isOpen }), null, 2))
  await configure(true)
  if (dsn !== 'memory') await migrate(program, file)
  const run = (): Promise<ServerProcess> => startProgram(program, file, addresses)
  let running = await run()
  const restart = async (): Promise<void> => {
    await running.stop()
    running = await run()
  }
  return {
    issuer: addresses.issuer,
    options: {},
    introspectionEndpoint: `${addresses.admin}/admin/oauth2/introspect`,
    administration: {
      ...administrateHydra(addresses.admin),
      switchRegistration: configure,
      ...(dsn === 'memory' ? { wipe: restart } : { restart }),
    },
    async close() {
      await running.stop()
      pages.closeAllConnections()
      pages.close()
      await folder.remove()
    },
  }
}

async function migrate(program: string, file: string): Promise<void> {
  await runTool([program, 'migrate', 'sql', '-c', file, '--read-from-env', '--yes'], {
    cwd: '/',
    missing: INSTALL,
  })
}

async function findAddresses(): Promise<HydraAddresses> {
  const [open, admin, pages] = await Promise.all([freePort(), freePort(), freePort()])
  const at = (port: number): string => `http://127.0.0.1:${port}`
  return { issuer: at(open), admin: at(admin), pages: at(pages) }
}

async function startPages({ admin, pages }: HydraAddresses) {
  const server = createLoginConsent(new ClassesApi(admin)).listen(Number(new URL(pages).port), '127.0.0.1')
  await once(server, 'listening')
  return server
}

function startProgram(
  program: string,
  file: string,
  { issuer, admin }: HydraAddresses,
): Promise<ServerProcess> {
  // The first reader of the last two makes Hydra generate keys, for which no app of a test should have to wait.
  const paths = ['/.well-known/openid-configuration', '/.well-known/jwks.json']
  return startProcess({
    command: [program, 'serve', 'all', '--dev', '--sqa-opt-out', '-c', file],
    readyUrls: [`${admin}/health/ready`, ...paths.map(path => issuer + path)],
    timeout: 90_000,
  })
}
