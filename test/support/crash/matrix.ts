import type { ChildTask } from './child.ts'
import type { Ended } from './run-child.ts'
import type { Scenario } from './scenarios.ts'
import type { Stage } from './stage.ts'
import { faultsOf } from './verdict.ts'

/** What came of interrupting a scenario at many points. */
export interface Outcome {
  /** Where it can be interrupted. */
  readonly points: readonly string[]
  /** Where it was to be interrupted, and where it was. */
  readonly chosen: readonly string[]
  readonly hit: readonly string[]
  /** What was wrong afterwards, each with its point. */
  readonly faults: readonly string[]
}

/** Picks from all points those that are tried. */
export type Choose = (count: number) => readonly number[]

/** Kills a process at each chosen point of a scenario, and starts another one in its place. */
export async function killEverywhere(stage: Stage, scenario: Scenario, choose: Choose): Promise<Outcome> {
  const marked = scenario.within ?? 'calls'
  const { steps } = scenario
  await stage.reset('clean')
  const clean = await stage.runLongAgo({ steps, proof: [], marked })
  const failed = clean.report.failure === undefined ? [] : [clean.report.failure]
  if (!scenario.servesKeys && !stage.hasChanged()) failed.push('the provider holds what it held before')
  if (!clean.report.log.some(sentence => sentence.includes(scenario.says ?? '')))
    failed.push(`it did not say ${scenario.says}`)
  const faults = labelled('without a crash', [...failed, ...(await afterwards(stage, scenario, clean))])
  const chosen = choose(clean.points.length).flatMap(number => clean.points[number] ?? [])
  const hit: string[] = []
  for (const [number, point] of chosen.entries()) {
    await stage.reset(`kill-${number}`)
    const { killed, points } = await stage.runLongAgo({ steps, proof: [], marked, killAt: point })
    hit.push(killed ? (points.at(-1) ?? 'nowhere') : `not killed at ${point}`)
    const { report } = await startAgain(stage, scenario)
    faults.push(...labelled(`killed at ${point}`, await faultsOf(stage, scenario, report)))
  }
  return { points: clean.points, chosen, hit, faults }
}

/** Loses the answer to each chosen request of a scenario; the process goes on, or is replaced by another one. */
export async function loseAnswers(stage: Stage, scenario: Scenario, choose: Choose): Promise<Outcome> {
  const { steps } = scenario
  await stage.reset('heard')
  stage.script.loseAnswerTo(undefined)
  await stage.run({ steps, proof: [] })
  const points = variantsOf(stage.script.requests())
  const chosen = choose(points.length).flatMap(number => points[number] ?? [])
  const faults: string[] = []
  const hit: string[] = []
  for (const { request, goesOn } of chosen) {
    await stage.reset(`lost-${request}-${goesOn}`.replaceAll(/[^\w-]+/g, '-'))
    stage.script.loseAnswerTo(request)
    const proof = goesOn ? lifeAfter(scenario) : []
    const first = await stage.run({ steps, proof })
    hit.push(nameOf({ request: stage.script.lost() ?? 'none', goesOn }))
    stage.script.loseAnswerTo(undefined)
    const label = `answer to ${nameOf({ request, goesOn })} lost`
    faults.push(...labelled(label, await afterwards(stage, scenario, first, goesOn)))
  }
  return { points: points.map(nameOf), chosen: chosen.map(nameOf), hit, faults }
}

/** Judges the process itself if it goes on, else the one that starts in its place. */
async function afterwards(stage: Stage, scenario: Scenario, first: Ended, goesOn = false): Promise<string[]> {
  if (goesOn && scenario.name !== 'unregister') return faultsOf(stage, scenario, first.report)
  if (goesOn && stage.provider.clients.size > 0) return ['unregistered clients are still there']
  const { report } = await startAgain(stage, scenario)
  const ended = first.report.fault === undefined ? [] : [first.report.fault]
  const all = { ...report, log: [...first.report.log, ...report.log] }
  return [...ended, ...(await faultsOf(stage, scenario, all))]
}

/** A process in the place of one that has ended. It looks after the registration each second, to be done soon. */
function startAgain(stage: Stage, scenario: Scenario): Promise<Ended> {
  const options = { ...scenario.options, rereadEvery: 1 }
  return stage.run({ options, steps: [], proof: proofOf(scenario) })
}

/** A user can sign in, what was begun ends, and credentials can be renewed. */
function proofOf({ again }: Scenario): ChildTask['proof'] {
  return ['start', 'sign-in', 'settle', ...(again ? (['rotate', 'sign-in'] as const) : [])]
}

/** Who could not leave tries once more; everybody else goes on to sign in. */
function lifeAfter(scenario: Scenario): ChildTask['proof'] {
  return scenario.name === 'unregister' ? ['unregister'] : proofOf(scenario)
}

interface Variant {
  readonly request: string
  readonly goesOn: boolean
}

function variantsOf(requests: readonly string[]): Variant[] {
  return requests.flatMap(request => [
    { request, goesOn: true },
    { request, goesOn: false },
  ])
}

function nameOf({ request, goesOn }: Variant): string {
  return `${request}, ${goesOn ? 'goes on' : 'starts again'}`
}

function labelled(label: string, faults: readonly string[]): string[] {
  return faults.map(fault => `${label}: ${fault}`)
}
