import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Runs a program of `test/support/` as a process that talks with this one, and waits for its first words. */
export async function forkChild<First>(
  name: string,
  task: object,
  hear: (first: First) => void = () => undefined,
  execArgv: readonly string[] = [],
): Promise<ChildProcess> {
  const script = fileURLToPath(new URL(`../${name}`, import.meta.url))
  const child = fork(script, [JSON.stringify(task)], { execArgv: [...execArgv] })
  hear(await nextMessage<First>(child))
  return child
}

/** Waits for what a child says next, or fails when it ends. */
export function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const over = new AbortController()
  const told = once(child, 'message', { signal: over.signal }).then(
    ([message]: Message[]) => message as Message,
  )
  const gone = once(child, 'exit', { signal: over.signal }).then(([code, signal]: unknown[]) => {
    throw new Error(`A child ended (${String(code ?? signal)}) before it had answered.`)
  })
  return Promise.race([told, gone]).finally(() => over.abort())
}
