import { randomUUID } from 'node:crypto'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../support/processes/free-port.ts'
import type { Identity } from '../../support/providers/tls-servers.ts'
import type { Administration, ProviderServer } from './administration.ts'
import { cachedFolder, makeOnce } from './cache.ts'
import { type KeycloakAdmin, keycloakAdmin } from './keycloak-admin.ts'
import { installKeycloak } from './keycloak-install.ts'
import { administrateRealm, createRealm, type Registration } from './keycloak-realm.ts'
import { type ServerProcess, startProcess } from './process.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A Keycloak that runs; each provider of a test is a realm of its own. */
export interface Keycloak {
  readonly startRealm: (registration: Registration) => Promise<ProviderServer>
  readonly close: () => Promise<void>
}

const PASSWORD = 'admin'

/** Installs Keycloak, and makes its empty database once: that is half of what its first start does. */
export async function prepareKeycloak(): Promise<{ readonly home: string; readonly emptyData: string }> {
  const home = await installKeycloak()
  const emptyData = cachedFolder('keycloak-data', home)
  await makeOnce(emptyData, async folder => {
    const running = await startProgram(home, folder, `http://127.0.0.1:${await freePort()}`)
    await running.stop()
  })
  return { home, emptyData }
}

/** Starts Keycloak, which takes 5 to 30 seconds. */
export async function startKeycloak(): Promise<Keycloak> {
  const { home, emptyData } = await prepareKeycloak()
  const folder = await temporaryFolder('keycloak')
  await cp(emptyData, folder.path, { recursive: true })
  const origin = `http://127.0.0.1:${await freePort()}`
  const run = (): Promise<ServerProcess> => startProgram(home, folder.path, origin)
  let running = await run()
  async function restart(): Promise<void> {
    await running.stop()
    running = await run()
  }
  return {
    ...realmsOf(origin, { restart }),
    async close() {
      await running.stop()
      await folder.remove()
    },
  }
}

/** Uses a Keycloak that runs already, for a quick second run; its administrator is `admin` with that password. */
export function useKeycloak(origin: string): Keycloak {
  return { ...realmsOf(origin), close: async () => {} }
}

function realmsOf(origin: string, more: Partial<Administration> = {}): Pick<Keycloak, 'startRealm'> {
  const admin = keycloakAdmin(origin, PASSWORD)
  return {
    async startRealm(registration) {
      const name = `realm-${randomUUID()}`
      const options = await createRealm(admin, name, registration)
      return {
        issuer: `${origin}/realms/${name}`,
        options,
        administration: {
          ...administrateRealm(admin, name),
          ...more,
          async wipe() {
            await admin('DELETE', `/realms/${name}`)
            await createRealm(admin, name, registration)
          },
        },
        close: async () => void (await admin('DELETE', `/realms/${name}`)),
      }
    },
  }
}

/** A Keycloak behind TLS, which asks its clients for certificates. */
export interface KeycloakTls {
  /** For 127.0.0.1. */
  readonly identity: Identity
  /** Who certifies the clients, as PEM. */
  readonly authority: string
}

/** Starts a Keycloak whose issuer is https. Its admin API is at http, too. */
export async function startKeycloakTls({ identity, authority }: KeycloakTls): Promise<{
  readonly issuerOf: (realm: string) => string
  readonly admin: KeycloakAdmin
  readonly close: () => Promise<void>
}> {
  const { home, emptyData } = await prepareKeycloak()
  const folder = await temporaryFolder('keycloak-tls')
  await cp(emptyData, folder.path, { recursive: true })
  const files = { cert: identity.cert, key: identity.private, authority }
  for (const [name, pem] of Object.entries(files)) await writeFile(join(folder.path, `${name}.pem`), pem)
  const [origin, secure] = [`http://127.0.0.1:${await freePort()}`, `https://127.0.0.1:${await freePort()}`]
  const running = await startProgram(home, folder.path, origin, [
    `--hostname=${secure}`,
    `--https-port=${new URL(secure).port}`,
    `--https-certificate-file=${join(folder.path, 'cert.pem')}`,
    `--https-certificate-key-file=${join(folder.path, 'key.pem')}`,
    `--truststore-paths=${join(folder.path, 'authority.pem')}`,
  ])
  return {
    issuerOf: realm => `${secure}/realms/${realm}`,
    admin: keycloakAdmin(origin, PASSWORD),
    async close() {
      await running.stop()
      await folder.remove()
    },
  }
}

function startProgram(
  home: string,
  folder: string,
  origin: string,
  addressed: readonly string[] = [`--hostname=${origin}`],
): Promise<ServerProcess> {
  return startProcess({
    command: [
      join(home, 'bin/kc.sh'),
      'start',
      '--optimized',
      '--http-enabled=true',
      '--http-host=127.0.0.1',
      `--http-port=${new URL(origin).port}`,
      ...addressed,
      '--cache=local',
      '--log-level=warn',
      `--db-url=jdbc:h2:file:${join(folder, 'data')};NON_KEYWORDS=VALUE`,
    ],
    env: {
      KC_BOOTSTRAP_ADMIN_USERNAME: 'admin',
      KC_BOOTSTRAP_ADMIN_PASSWORD: PASSWORD,
      JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1 -Xmx768m',
    },
    readyUrls: [`${origin}/realms/master`],
    timeout: 180_000,
  })
}
