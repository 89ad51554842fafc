import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  changeClientRecord,
  readClientRecord,
  recordKey,
} from '../../../src/relying-party/record/client-record.ts'
import type { ClientRecord } from '../../../src/relying-party/record/client-record-shape.ts'
import type { ChildReport } from './child.ts'
import type { Ended } from './run-child.ts'
import type { Scenario } from './scenarios.ts'
import type { Stage } from './stage.ts'

/** Finds what is wrong after an app was interrupted and has started again; nothing if all is well. */
export async function faultsOf(stage: Stage, { options }: Scenario, report: ChildReport): Promise<string[]> {
  const { record } = await readClientRecord(stage.settings())
  const faults = report.fault === undefined ? [] : [report.fault]
  if (!record.current) faults.push('no client is in the record')
  else if (!stage.provider.clients.has(record.current.clientId))
    faults.push('the provider has no such client')
  faults.push(...(await faultsOfStore(stage)))
  const later = record.retiring?.length ? await whenSessionsAreOver(stage, options) : undefined
  if (later?.report.fault) faults.push(`when sessions are over: ${later.report.fault}`)
  const log = [...report.log, ...(later?.report.log ?? [])]
  return [...faults, ...(await faultsAtProvider(stage, log)), ...leaks(stage, log)]
}

/** Starts the app once more when the last session of each retired client is over, which the record says. */
async function whenSessionsAreOver(stage: Stage, options: Scenario['options']): Promise<Ended> {
  await changeClientRecord(stage.settings(), record => ({
    ...record,
    retiring: (record.retiring ?? []).map(client => ({ ...client, until: Date.now() - 1 })),
  }))
  return stage.run({ options: { ...options, rereadEvery: 1 }, steps: [], proof: ['start', 'settle'] })
}

async function faultsAtProvider(stage: Stage, log: readonly string[]): Promise<string[]> {
  const { record } = await readClientRecord(stage.settings())
  const known = clientsOf(record)
  const orphans = [...stage.provider.clients.keys()].filter(id => !known.includes(id))
  const faults = known.length > 1 ? [`${known.length} clients are in the record`] : []
  if (orphans.length > 1) faults.push(`${orphans.length} orphans are at the provider`)
  const isSaid = log.some(sentence => /delete it (there|at the provider)/i.test(sentence))
  if (orphans.length > 0 && !isSaid) faults.push('an orphan is at the provider, and nobody is told')
  return faults
}

function clientsOf({ current, retiring = [] }: ClientRecord): string[] {
  return [...(current ? [current] : []), ...retiring].map(({ clientId }) => clientId)
}

async function faultsOfStore(stage: Stage): Promise<string[]> {
  const settings = stage.settings()
  const faults = (await settings.store.get(recordKey('lease', settings))) ? ['the lease is still there'] : []
  const directory = stage.folder()
  if (directory === undefined) return faults
  for (const name of await readdir(directory)) {
    const mode = ((await stat(join(directory, name))).mode & 0o777).toString(8)
    if (mode !== '600') faults.push(`${name} has mode ${mode}`)
    if (name.endsWith('.tmp')) faults.push(`${name} was left`)
  }
  return faults
}

function leaks({ provider }: Stage, log: readonly string[]): string[] {
  const secrets = [...provider.clients.values()].flatMap(client => [
    client.client_secret,
    client.registration_access_token,
  ])
  const isLeaked = secrets.some(secret => typeof secret === 'string' && log.join('\n').includes(secret))
  return isLeaked ? ['a secret is in the log'] : []
}
