import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
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
      const timer = setTimeout(kill, 10_000)
      await exit
      clearTimeout(timer)
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
