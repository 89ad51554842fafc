#!/usr/bin/env node
import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { sentenceOf } from './format.ts'
import { run } from './run.ts'

/** Milliseconds after which the process exits even if the config module has left a connection open. */
const EXIT_DELAY = 1_000

async function ask(question: string): Promise<string> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const closed = once(prompt, 'close').then(() => '') // Ctrl+D or Ctrl+C: no answer is not a yes
    return await Promise.race([prompt.question(question), closed])
  } finally {
    prompt.close()
  }
}

/** An error that a connection of the config module throws in the background is reported in one sentence, too. */
process.on('uncaughtException', error => {
  process.stderr.write(`${sentenceOf(error)}\n`)
  process.exit(1)
})
process.stdout.on('error', () => process.exit()) // the reader of the output has gone, such as `head`
const alive = setInterval(() => undefined, 60_000) // waiting for a lease does not keep the process alive
process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  directory: process.cwd(),
  out: line => void process.stdout.write(`${line}\n`),
  err: line => void process.stderr.write(`${line}\n`),
  ask: process.stdin.isTTY && process.stderr.isTTY ? ask : undefined,
})
clearInterval(alive)
setTimeout(() => process.exit(), EXIT_DELAY).unref()
