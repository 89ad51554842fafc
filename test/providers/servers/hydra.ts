import { once } from 'node:events'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLoginConsent } from '../../../examples/hydra/login-consent/app.ts'
import { freePort } from '../../support/processes/free-port.ts'
import type { ProviderServer, Purpose } from './administration.ts'
import { cachedFolder, makeOnce, runTool } from './cache.ts'
import { administrateHydra } from './hydra-admin.ts'
import { ClassesApi } from './hydra-classes.ts'
import { buildHydraConfiguration, type HydraAddresses } from './hydra-configuration.ts'
import { type ServerProcess, startProcess } from './process.ts'
import { temporaryFolder } from './temporary-folder.ts'

const MODULE = fileURLToPath(new URL('../hydra-module', import.meta.url))
const INSTALL =
  'Ory Hydra is built from its Go module: install Go 1.22 or newer and a C compiler (apt-get install golang gcc).'
/** The names of the empty databases. */
const EMPTY = ['one.sqlite', 'two.sqlite']
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

/** Empty databases, each with keys of its own, which take Hydra seconds to make. Answers with their folder. */
async function prepareData(program: string): Promise<string> {
  const prepared = cachedFolder('hydra-data', program)
  await makeOnce(prepared, async folder => {
    for (const name of EMPTY) {
      const addresses = await findAddresses()
      const file = join(folder, `${name}.json`)
      const dsn = sqlite(join(folder, name))
      await writeFile(file, JSON.stringify(buildHydraConfiguration(addresses, { dsn, isOpen: true })))
      await migrate(program, file)
      const running = await startProgram(program, file, addresses)
      await running.stop()
    }
  })
  return prepared
}

/** Starts Ory Hydra with the login and consent app of `examples/hydra`. The shared one has its data in memory. */
export async function startHydra(purpose: Purpose): Promise<ProviderServer> {
  const program = await installHydra()
  const folder = await temporaryFolder('hydra')
  const addresses = await findAddresses()
  const pages = await startPages(addresses)
  const file = join(folder.path, 'hydra.json')
  const data = join(folder.path, 'data.sqlite')
  const dsn = purpose === 'shared' ? 'memory' : sqlite(data)
  const configure = (isOpen: boolean): Promise<void> =>
    writeFile(file, JSON.stringify(buildHydraConfiguration(addresses, { dsn, isOpen }), null, 2))
  await configure(true)
  let wipes = 0
  const empty = async (): Promise<void> => {
    const name = EMPTY[wipes++ % EMPTY.length] ?? ''
    for (const suffix of ['-wal', '-shm']) await rm(data + suffix, { force: true })
    await cp(join(await prepareData(program), name), data)
  }
  if (dsn !== 'memory') await empty()
  const run = (): Promise<ServerProcess> => startProgram(program, file, addresses)
  let running = await run()
  const restart = async (between: () => Promise<void> = async () => {}): Promise<void> => {
    await running.stop()
    await between()
    running = await run()
  }
  return {
    issuer: addresses.issuer,
    options: {},
    introspectionEndpoint: `${addresses.admin}/admin/oauth2/introspect`,
    administration: {
      ...administrateHydra(addresses.admin),
      switchRegistration: configure,
      ...(dsn !== 'memory' && { restart: () => restart(), wipe: () => restart(empty) }),
    },
    async close() {
      await running.stop()
      pages.closeAllConnections()
      pages.close()
      await folder.remove()
    },
  }
}

const sqlite = (file: string): string => `sqlite://${file}?_fk=true&mode=rwc`

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
