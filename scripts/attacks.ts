import { availableParallelism } from 'node:os'
import { attacks } from '../test/attacks/map/index.ts'
import type { NamedTests, Proof } from '../test/support/attacks/attack.ts'
import { isNamed, type Outcome, runTests } from '../test/support/attacks/run-tests.ts'

// Shows that the tests of the attacks notice each defense: they pass, and without the lines of the defense they fail, while an
// ordinary visitor can still sign in. `npm run attacks -- T-01 T-02` tries only those.

const ordinary: NamedTests = { 'attacks/ordinary-visit.test.ts': ['an ordinary visitor signs in and out'] }

const wanted = process.argv.slice(2)
const chosen = attacks.filter(([id]) => wanted.length === 0 || wanted.includes(id))
const proofs = chosen.flatMap(([id, attack]) =>
  'proofs' in attack
    ? attack.proofs.map((proof, index) => ({ name: `${id}, defense ${index + 1}`, id, proof }))
    : [],
)
const begun = performance.now()
const problems: { readonly id: string; readonly text: string }[] = []
let tests = 0

if (proofs.length > 0) await tryAll()
for (const { text } of problems) console.error(text)
report()

async function tryAll(): Promise<void> {
  const passing = await runTests(merge(proofs.map(({ proof }) => proof.fail)))
  const waiting = [...proofs]
  const lanes = Array.from({ length: availableParallelism() }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await tryOne(next, passing)
  })
  await Promise.all(lanes)
}

async function tryOne(
  { name, id, proof }: (typeof proofs)[number],
  passing: readonly Outcome[],
): Promise<void> {
  const found = await tryWithout(proof, passing).catch((error: Error) => [error.message])
  problems.push(...found.map(text => ({ id, text: `NOT SEEN  ${name}: ${text}` })))
  if (found.length === 0) console.log(`seen      ${name}`)
}

async function tryWithout({ without, fail }: Proof, passing: readonly Outcome[]): Promise<string[]> {
  const failing = await runTests(merge([fail, ordinary]), without)
  return [
    ...expectAll(fail, passing, 'passed', 'does not pass'),
    ...expectAll(fail, failing, 'failed', 'passes without its defense'),
    ...expectAll(ordinary, failing, 'passed', 'fails: the rest of the library is broken'),
  ]
}

function expectAll(
  named: NamedTests,
  outcomes: readonly Outcome[],
  status: string,
  problem: string,
): string[] {
  return pairsOf(named).flatMap(([file, title]) => {
    const own = outcomes.filter(outcome => outcome.file === file && isNamed(outcome.title, title))
    tests += status === 'failed' ? own.length : 0
    if (own.length === 0) return [`no test in ${file} has the title "${title}"`]
    return own.filter(outcome => outcome.status !== status).map(outcome => `"${outcome.title}" ${problem}`)
  })
}

function merge(all: readonly NamedTests[]): NamedTests {
  const pairs = all.flatMap(pairsOf)
  const files = [...new Set(pairs.map(([file]) => file))]
  return Object.fromEntries(
    files.map(file => [file, pairs.filter(([other]) => other === file).map(([, title]) => title)]),
  )
}

function pairsOf(named: NamedTests): (readonly [file: string, title: string])[] {
  return Object.entries(named).flatMap(([file, titles]) => titles.map(title => [file, title] as const))
}

function report(): void {
  const isProven = (id: string): boolean => problems.every(problem => problem.id !== id)
  const proven = new Set(proofs.map(({ id }) => id).filter(isProven)).size
  const unproven = new Set(problems.map(({ id }) => id)).size
  const excused = chosen.filter(([, attack]) => 'doesNotApply' in attack).length
  const seconds = Math.round((performance.now() - begun) / 1_000)
  console.log(
    `${proofs.length} defenses taken out, ${tests} tests seen to run without them, ${seconds} s\n` +
      `attacks: ${proven} seen to fail, ${unproven} not seen, ${excused} do not apply`,
  )
  if (unproven > 0) process.exitCode = 1
}
