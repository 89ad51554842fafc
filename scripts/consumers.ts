import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProvider } from '../examples/provider/provider.ts'
import { type InstalledConsumer, installConsumer } from './consumers/install.ts'
import { type Consumer, consumers } from './consumers/projects.ts'
import { roundTrip } from './consumers/round-trip.ts'
import { findNode, installNode, type NodeRuntime } from './nodes.ts'
import { packLibrary } from './pack.ts'

const folder = await mkdtemp(join(tmpdir(), 'consumers-'))
const provider = await startProvider()
const nodes = new Map<number, Promise<NodeRuntime>>()
const counts = { passed: 0, failed: 0, skipped: 0 }
const begun = performance.now()

try {
  const { file } = await packLibrary(folder)
  console.log(`packed in ${seconds(begun)}`)
  for (const [index, consumer] of consumers.entries()) {
    await tryConsumer(consumer, join(folder, `consumer-${index}`), file)
  }
} finally {
  await provider.close()
  await rm(folder, { recursive: true, force: true })
}
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
console.log(`${seconds(begun)}\nconsumers: ${counts.passed} passed, ${counts.failed} failed${skipped}`)
if (counts.failed > 0) process.exitCode = 1

async function tryConsumer(consumer: Consumer, project: string, tarball: string): Promise<void> {
  const start = performance.now()
  try {
    const installed = await installConsumer(consumer, project, tarball)
    const versions = Object.entries(installed.versions).map(([name, version]) => `${name} ${version}`)
    const added = `adds ${installed.added.length} packages (${installed.added.join(', ')})`
    console.log(`ready   ${consumer.name}: ${versions.join(', ')}; ${added}; ${seconds(start)}`)
    for (const major of consumer.nodes) await tryOnNode(consumer, installed, major)
  } catch (error) {
    counts.failed += consumer.nodes.length
    console.error(`FAILED  ${consumer.name}; ${seconds(start)}\n${describe(error)}`)
  }
}

async function tryOnNode(consumer: Consumer, installed: InstalledConsumer, major: number): Promise<void> {
  const node = await nodeOf(major).catch((error: unknown) => skip(consumer, major, error))
  if (!node) return
  const start = performance.now()
  const line = `${consumer.name}, Node.js ${node.version}`
  try {
    await roundTrip(node.path, installed.program, { folder: installed.folder, issuer: provider.issuer })
    counts.passed += 1
    console.log(`passed  ${line}; ${seconds(start)}`)
  } catch (error) {
    counts.failed += 1
    console.error(`FAILED  ${line}; ${seconds(start)}\n${describe(error)}`)
  }
}

/** Finds or installs each version of Node.js once. */
function nodeOf(major: number): Promise<NodeRuntime> {
  const known = nodes.get(major)
  if (known) return known
  const wanted = findNode(major).then(found => found ?? installNode(major, folder))
  nodes.set(major, wanted)
  return wanted
}

function skip({ name }: Consumer, major: number, reason: unknown): undefined {
  const isFailure = process.env['REQUIRE_SERVICES'] === '1'
  counts[isFailure ? 'failed' : 'skipped'] += 1
  console.error(`${isFailure ? 'FAILED ' : 'skipped'} ${name}, Node.js ${major}: ${describe(reason)}`)
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}
