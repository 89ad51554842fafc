import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildNginxConfig } from './run/nginx-config.ts'
import { Processes } from './run/processes.ts'

const { PORT = '3000', REPLICAS = '3', PATH } = process.env
const { BASE_URL = `http://localhost:${PORT}`, SESSION_SECRET = randomBytes(32).toString('hex') } =
  process.env
const port = Number(PORT)
const replicaPorts = Array.from({ length: Number(REPLICAS) }, (_, index) => port + 1 + index)
const redisPort = port + 1 + replicaPorts.length
const { REDIS_URL = `redis://127.0.0.1:${redisPort}` } = process.env

const folder = await mkdtemp(join(tmpdir(), 'cluster-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const processes = new Processes()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop())

if (!process.env['REDIS_URL']) await startRedis()
await Promise.all(replicaPorts.map(startReplica))
await startNginx()
console.log(`The app listens on port ${port}. Open ${BASE_URL}. Press Ctrl+C to stop.`)
console.log('To rotate its credentials while it runs, in another terminal:')
console.log(`  ${rotateEnvironment()} npm run rotate`)

/** The variables that `npm run rotate` needs to find the same registration as the replicas. */
function rotateEnvironment(): string {
  const { ISSUER_BASE_URL, BACKCHANNEL_LOGOUT_URI } = process.env
  const variables = { ISSUER_BASE_URL, BASE_URL, REDIS_URL, BACKCHANNEL_LOGOUT_URI }
  const set = Object.entries(variables).filter(([, value]) => value)
  return set.map(([name, value]) => `${name}=${value}`).join(' ')
}

async function startRedis(): Promise<void> {
  await mkdir('.redis', { recursive: true })
  const network = ['--bind', '127.0.0.1', '--port', String(redisPort)]
  const persistence = ['--dir', '.redis', '--appendonly', 'yes']
  const command = ['redis-server', ...network, ...persistence]
  await processes.start('redis', command, { until: 'Ready to accept connections' })
}

async function startReplica(replicaPort: number, index: number): Promise<void> {
  const REPLICA = `replica ${index + 1}`
  const env = { ...process.env, PORT: String(replicaPort), REPLICA, BASE_URL, SESSION_SECRET, REDIS_URL }
  await processes.start(REPLICA, [process.execPath, 'src/server.ts'], { until: 'Listening on port', env })
}

async function startNginx(): Promise<void> {
  const file = join(folder, 'nginx.conf')
  await writeFile(file, buildNginxConfig(folder, port, replicaPorts))
  // Debian installs nginx in /usr/sbin, which is not on every user's PATH.
  const env = { ...process.env, PATH: `${PATH}:/usr/sbin` }
  const command = ['nginx', '-e', 'stderr', '-p', folder, '-c', file]
  await processes.start('nginx', command, { until: 'start worker process', env })
}

async function stop(): Promise<void> {
  await processes.stop()
  process.exit()
}
