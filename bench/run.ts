// Compares this library with other ways to sign users in to an Express app: `npm run bench`, or parts of it:
// `npm run bench -- --only me,login --peers 'express-oidc-rp;better-auth' --rounds 5 --sessions 1000 --markdown`.
import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../scripts/pack.ts'
import { checkPeers, compare } from './harness/compare.ts'
import { folder, installPeers } from './harness/install.ts'
import { startProviderProcess } from './harness/processes.ts'
import { markdownOf, rowsOf, spreadOf, textOf } from './harness/table.ts'
import { measures } from './measures/measures.ts'
import { peers } from './peers.ts'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(measures).join() },
    peers: { type: 'string', default: peers.map(({ name }) => name).join(';') },
    rounds: { type: 'string', default: '15' },
    sessions: { type: 'string', default: '3000' },
    json: { type: 'string', default: join(folder, 'results.json') },
    markdown: { type: 'boolean', default: false },
  },
})
const chosen = chooseFrom(measures, options.only.split(','))
const named = Object.fromEntries(peers.map(peer => [peer.name, peer]))
const participants = Object.values(chooseFrom(named, options.peers.split(';')))
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node.js ${process.version}`
const args = process.argv
  .slice(2)
  .map(arg => (/[ ;]/.test(arg) ? `'${arg}'` : arg))
  .join(' ')
const command = args === '' ? 'npm run bench' : `npm run bench -- ${args}`

await installPeers()
const provider = await startProviderProcess()
try {
  await checkPeers(provider, participants)
  const conditions = { provider, rounds: Number(options.rounds), sessions: Number(options.sessions) }
  const results = await compare(chosen, participants, conditions)
  const facts = `${new Date().toISOString().slice(0, 10)}, ${machine}, \`${command}\``
  console.log(`\n${facts}\n\n${textOf(rowsOf(results, spreadOf))}\n\n${results.reasons.join('\n')}`)
  await writeFile(options.json, JSON.stringify({ facts, rounds: options.rounds, ...results }, null, 2))
  if (options.markdown) await writePage(`${facts}:\n\n${markdownOf(rowsOf(results))}`, results.reasons)
} finally {
  provider.stop()
}

function chooseFrom<Value>(
  all: Readonly<Record<string, Value>>,
  names: readonly string[],
): Record<string, Value> {
  const unknown = names.filter(name => !(name in all))
  if (unknown.length > 0) throw new Error(`${unknown.join()}: choose from ${Object.keys(all).join(', ')}.`)
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)))
}

/** Replaces the table in the documentation. */
async function writePage(table: string, reasons: readonly string[]): Promise<void> {
  const file = join(root, 'docs/performance.md')
  const list = reasons.map(reason => `- ${reason}`).join('\n')
  const page = await readFile(file, 'utf8')
  const filled = page.replace(
    /(<!-- npm run bench -->\n).*(<!-- end -->)/s,
    (_, begin: string, end: string) => `${begin}\n${table}\n\nn/a:\n\n${list}\n\n${end}`,
  )
  await writeFile(file, filled)
}
