import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { text } from 'node:stream/consumers'
import type { NamedTests, Removal } from './attack.ts'

const root = join(import.meta.dirname, '../../..')

const patternOf = (title: string): string =>
  title.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll(' > ', '.*')

/** Whether a test with this title is meant by a title in the map. */
export const isNamed = (title: string, named: string): boolean => new RegExp(patternOf(named)).test(title)

/** One test as it ended. */
export interface Outcome {
  /** Its file, below `test/`. */
  readonly file: string
  readonly title: string
  readonly status: string
}

interface JsonReport {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

/** Runs the tests whose titles contain these words, without some lines of the source. */
export async function runTests(tests: NamedTests, without: readonly Removal[] = []): Promise<Outcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'attacks-'))
  const report = join(folder, 'report.json')
  const titles = Object.values(tests).flat()
  const pattern = titles.map(patternOf).join('|')
  const files = Object.keys(tests).map(file => join('test', file))
  const args = ['run', '--config', 'vitest.attacks.config.ts', '--reporter=json', `--outputFile=${report}`]
  try {
    const child = spawn('vitest', [...args, '-t', pattern, ...files], {
      cwd: root,
      env: { ...process.env, WITHOUT: JSON.stringify(without) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [said] = await Promise.all([text(child.stderr), text(child.stdout), once(child, 'close')])
    const json = await readFile(report, 'utf8').catch(() => {
      throw new Error(`Vitest wrote no report.\n${said}`)
    })
    return outcomesOf(JSON.parse(json))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function outcomesOf({ testResults }: JsonReport): Outcome[] {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const file = relative(join(root, 'test'), name)
    if (assertionResults.length === 0) throw new Error(`test/${file} could not be loaded: ${message}`)
    const ran = assertionResults.filter(({ status }) => status === 'passed' || status === 'failed')
    return ran.map(({ fullName, status }) => ({ file, title: fullName, status }))
  })
}
