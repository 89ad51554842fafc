#!/usr/bin/env node
import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { sentenceOf } from './format.ts'
import { run } from './run.ts'

/** Milliseconds after which a connection that the config module left open no longer keeps the process alive. */
const PATIENCE = 1_000

async function ask(question: string): Promise<string> {
  const person = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const gone = once(person, 'close').then(() => '') // Ctrl+D, Ctrl+C: no answer is no yes
    return await Promise.race([person.question(question), gone])
  } finally {
    person.close()
  }
}

/** What a connection of the config module throws on its own is said in a sentence, too. */
process.on('uncaughtException', error => {
  process.stderr.write(`${sentenceOf(error)}\n`)
  process.exit(1)
})
process.stdout.on('error', () => process.exit()) // whoever read the output has gone, as `head` does
const alive = setInterval(() => undefined, 60_000) // waiting for a lease keeps no process alive
process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  directory: process.cwd(),
  out: line => void process.stdout.write(`${line}\n`),
  err: line => void process.stderr.write(`${line}\n`),
  ask: process.stdin.isTTY && process.stderr.isTTY ? ask : undefined,
})
clearInterval(alive)
setTimeout(() => process.exit(), PATIENCE).unref()
