import { execFile, execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'
import { isMissing } from './missing.ts'
import { buildService, type Service } from './service.ts'

const VERSIONS = '/usr/lib/postgresql'

/** A role whose password is asked for; all others are trusted. */
export const LOCKED_ROLE = 'locked'

/** Whether tests against PostgreSQL must be skipped; says how to install it. */
export function postgresIsMissing(): boolean {
  return isMissing(programs()?.postgres, 'PostgreSQL', 'apt-get install -y postgresql')
}

/** Starts a PostgreSQL of its own, with the superuser `postgres`. It does not run as root. */
export async function startPostgres(): Promise<Service> {
  const found = programs()
  if (!found) throw new Error('PostgreSQL is not installed.')
  const folder = await mkdtemp(join(tmpdir(), 'oidc-postgres-'))
  const owner = process.getuid?.() === 0 ? ownerOf('postgres') : undefined
  if (owner) await chown(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  const setUp = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  await promisify(execFile)(found.initdb, setUp, { cwd: folder, ...owner })
  await askForPassword(join(data, 'pg_hba.conf'))
  const port = await freePort()
  const own = ['-h', '127.0.0.1', '-k', folder, '-c', 'max_connections=200', '-c', 'fsync=off']
  const service = buildService({
    path: found.postgres,
    args: ['-D', data, '-p', String(port), ...own],
    owner,
    folder,
    killedBy: 'SIGQUIT', // ends at once, and takes its children with it
    ready: 'ready to accept connections',
  })
  await service.start()
  return {
    port,
    ...service,
    async remove() {
      await service.kill()
      await rm(folder, { recursive: true })
    },
  }
}

async function askForPassword(path: string): Promise<void> {
  const rules = await readFile(path, 'utf8')
  await writeFile(path, `host all ${LOCKED_ROLE} 127.0.0.1/32 scram-sha-256\n${rules}`)
}

/** The programs of the newest version that is installed. */
function programs(): { readonly initdb: string; readonly postgres: string } | undefined {
  const folder = versions().at(-1)
  if (folder === undefined) return undefined
  const bin = join(VERSIONS, folder, 'bin')
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }
}

function versions(): string[] {
  try {
    return readdirSync(VERSIONS).sort((a, b) => Number(a) - Number(b))
  } catch {
    return [] // none is installed
  }
}

function ownerOf(user: string): { readonly uid: number; readonly gid: number } {
  const read = (flag: string): number => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }))
  return { uid: read('-u'), gid: read('-g') }
}
