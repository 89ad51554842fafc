import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { freePort } from '../processes/free-port.ts'

/** How a platform runs an app: a new process for each request, or one that is frozen between two requests. */
type Lifetime = 'one-request' | 'frozen'

export interface FunctionPlatform {
  readonly url: string
  /** How many processes it has started. */
  readonly started: () => number
  /** What they have printed. */
  readonly output: () => string
}

interface PlatformSettings {
  readonly lifetime: Lifetime
  readonly env: Readonly<Record<string, string | undefined>>
  /** Called while the process is frozen. */
  readonly whileFrozen?: () => Promise<unknown>
}

/** An app in a process, and the port that it listens on. */
interface Instance {
  readonly child: ChildProcess
  readonly port: number
}

const entry = `
import { createServer } from 'node:http'
const { default: app } = await import('./app.ts')
createServer(app).listen(process.env.PORT, '127.0.0.1', () => process.send('listening'))
`

/** Serves the `app.ts` of a folder as a platform for functions does. An answer is passed on when its process has been killed or frozen. */
export async function functionPlatform(
  folder: string,
  { lifetime, env, whileFrozen = async () => undefined }: PlatformSettings,
): Promise<FunctionPlatform> {
  await writeFile(join(folder, 'entry.js'), entry)
  const instances: Instance[] = []
  let output = ''
  const launch = async (): Promise<Instance> => {
    const port = await freePort()
    const own = { BASE_URL: url, PORT: String(port), OIDC_STORE: join(folder, `.oidc-${port}`) }
    const child = spawn(process.execPath, ['entry.js'], {
      cwd: folder,
      env: { ...process.env, ...env, ...own },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', text => {
        output += text
      })
    const instance = { child, port }
    instances.push(instance)
    const [said] = await Promise.race([once(child, 'message'), once(child, 'exit')])
    if (said !== 'listening') throw new Error(`The app ended with ${said}:\n${output}`)
    return instance
  }
  const thaw = async (): Promise<Instance> => {
    const [warm] = instances
    if (!warm) return launch()
    await whileFrozen()
    warm.child.kill('SIGCONT')
    return warm
  }
  const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { child, port } = lifetime === 'frozen' ? await thaw() : await launch()
    const answered = await pass(message, port)
    child.kill(lifetime === 'frozen' ? 'SIGSTOP' : 'SIGKILL')
    response.writeHead(answered.statusCode ?? 502, answered.rawHeaders).end(answered.body)
  }
  const server = createServer((message, response) => {
    answer(message, response).catch(error => response.writeHead(502).end(String(error)))
  }).listen(0, 'localhost')
  await once(server, 'listening')
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
    for (const { child } of instances) child.kill('SIGKILL')
  })
  return { url, started: () => instances.length, output: () => output }
}

type Answered = Pick<IncomingMessage, 'statusCode' | 'rawHeaders'> & { readonly body: Buffer }

/** Sends a request on, and reads the answer to its end. */
async function pass(message: IncomingMessage, port: number): Promise<Answered> {
  const { method, headers, url: path } = message
  const forwarded = request({ host: '127.0.0.1', port, method, headers, path, agent: false })
  message.pipe(forwarded)
  const [answer] = (await once(forwarded, 'response')) as [IncomingMessage]
  const { statusCode, rawHeaders } = answer
  return { statusCode, rawHeaders, body: await buffer(answer) }
}
