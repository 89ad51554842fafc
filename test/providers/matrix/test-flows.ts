import { inspect } from 'node:util'
import { describe, inject, test } from 'vitest'
import type { RemoteAddress } from '../servers/control.ts'
import type { Availability } from '../servers/global-setup.ts'
import type { Cell } from './cell.ts'
import { buildContext, type Flow } from './flow.ts'
import type { FlowName } from './flow-names.ts'
import { knownFailures } from './known-failures.ts'
import { remoteProvider, startProvider } from './provider.ts'
import { facts, type ProviderName, providerNames } from './providers.ts'

/** Runs flows against every provider: each is a cell of the table. */
export function testFlows(flows: Partial<Record<FlowName, Flow>>): void {
  const available = inject('providers')
  describe.each(providerNames)('%s', provider => {
    for (const [name, flow] of Object.entries(flows))
      testCell(name as FlowName, provider, flow, available[provider])
  })
}

function testCell(flow: FlowName, provider: ProviderName, run: Flow, available: Availability): void {
  const absence = absenceOf(flow, provider, available)
  if (absence) return testAbsence(flow, absence)
  const known = knownFailures[flow]?.[provider]
  test(known === undefined ? flow : `fails, as is known: ${flow}`, async ({ task, onTestFinished }) => {
    const address = addressOf(available)
    const controlUrl = inject('controlUrl')
    const measured: Record<string, number> = {}
    const context = buildContext(
      remoteProvider(controlUrl, provider, address),
      purpose => startProvider(controlUrl, provider, purpose),
      onTestFinished,
      (name, value) => void Object.assign(measured, { [name]: value }),
    )
    const begun = performance.now()
    const failure = await run(context).then(
      () => undefined,
      (error: unknown) => error ?? new Error('It failed without an error.'),
    )
    const milliseconds = Math.round(performance.now() - begun)
    task.meta.cell = { flow, provider, milliseconds, measured, ...judge(known, failure) }
    if (known === undefined && failure !== undefined) throw failure
    if (known !== undefined && failure === undefined)
      throw new Error(`This works now. Remove it from known-failures.ts: ${known}`)
  })
}

/** The copy of this worker. */
function addressOf(available: Availability): RemoteAddress {
  const copies = 'addresses' in available ? available.addresses : []
  const address = copies[(Number(process.env['VITEST_POOL_ID']) - 1) % copies.length]
  if (address === undefined) throw new Error('This provider does not run.')
  return address
}

function judge(known: string | undefined, failure: unknown): Pick<Cell, 'outcome' | 'detail'> {
  if (failure === undefined) return { outcome: 'works' }
  if (known !== undefined) return { outcome: 'known failure', detail: known }
  return { outcome: 'fails', detail: inspect(failure, { depth: 0 }) }
}

function absenceOf(flow: FlowName, provider: ProviderName, available: Availability): Cell | undefined {
  const reason = facts[provider].impossible[flow]
  if (reason !== undefined) return { flow, provider, outcome: 'impossible', detail: reason }
  if ('missing' in available) return { flow, provider, outcome: 'not installed', detail: available.missing }
  return undefined
}

function testAbsence(flow: FlowName, cell: Cell): void {
  test.skip(`${flow} – ${cell.outcome}: ${cell.detail}`, { meta: { cell } }, () => {})
}
