import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A server that runs as a process of its own. */
export interface ServerProcess {
  readonly stop: () => Promise<void>
}

export interface ServerCommand {
  readonly command: readonly [string, ...string[]]
  readonly env?: NodeJS.ProcessEnv
  /** Each answers with a success once the server is ready. */
  readonly readyUrls: readonly string[]
  /** Milliseconds that it may take. */
  readonly timeout: number
}

/** Starts a server and waits until it answers. */
export async function startProcess(command: ServerCommand): Promise<ServerProcess> {
  const [path, ...args] = command.command
  const child = spawn(path, args, {
    env: { ...process.env, ...command.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = lastOutput(child)
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  await untilReady(child, command, output)
  return {
    async stop() {
      process.removeListener('exit', kill)
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      const patience = setTimeout(kill, 10_000)
      await exit
      clearTimeout(patience)
    },
  }
}

async function untilReady(child: ChildProcess, command: ServerCommand, output: () => string): Promise<void> {
  const deadline = Date.now() + command.timeout
  for (const url of command.readyUrls) {
    for (; !(await answers(url)); await pause(100)) {
      if (child.exitCode === null && Date.now() < deadline) continue
      child.kill('SIGKILL')
      throw new Error(`${command.command.join(' ')} did not start:\n${output()}`)
    }
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(20_000) })).ok
  } catch {
    return false // not yet
  }
}

function lastOutput(child: ChildProcess): () => string {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-8_000)
    })
  }
  return () => output
}

/** Below the ports that the system gives to outgoing connections; runs side by side begin at different ones. */
const PORTS = { first: 12_000, count: 18_000 }
let candidate = (process.pid * 97) % PORTS.count

/** A port of loopback that nothing listens on, and that this process has not given out before. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < PORTS.count; tried++) {
    candidate = (candidate + 1) % PORTS.count
    const port = PORTS.first + candidate
    if (await isFree(port)) return port
  }
  throw new Error('There is no free port.')
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const bound = await new Promise<boolean>(resolve => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (bound) await new Promise(resolve => server.close(resolve))
  return bound
}

/** Sends JSON and reads JSON; anything but a success is an error with the answer in it. */
export async function callJson(
  url: string,
  method: string,
  options: { readonly body?: unknown; readonly token?: string } = {},
): Promise<unknown> {
  const { body, token } = options
  const headers = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }
  const response = await fetch(url, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}
