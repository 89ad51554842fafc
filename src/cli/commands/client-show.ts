import { fetchRegistration } from '../../relying-party/changes/reconcile-client.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { readClientRecord } from '../../relying-party/record/client-record.ts'
import { isReady, type ReadyRecord } from '../../relying-party/record/client-record-shape.ts'
import type { JsonObject } from '../../vocabulary/json.ts'
import type { Command, CommandContext, Outcome } from '../command.ts'
import { buildTable, textOf } from '../format.ts'
import { noRegistration, openRegistrar } from '../open-registrar.ts'
import { type Difference, differencesOf, secretsOf, shownMembers } from '../registered-client.ts'
import { buildReport, reportLines } from './client-report.ts'

/** Shows the record and, if asked, the provider's answer and the secrets. */
export const clientShow: Command = {
  summary: 'show the registration of this app',
  flags: {
    remote: 'also ask the provider, and show the differences',
    'show-secrets': 'show the client secret, the registration access token and the private key',
  },
  async run({ settings: load, flags }: CommandContext): Promise<Outcome> {
    const settings = await load()
    if (settings.client) return showStatic(settings, settings.client.clientId)
    const { record } = await readClientRecord(settings)
    const report = buildReport(settings, record)
    if (!isReady(record)) return { ok: false, lines: [noRegistration(settings)], data: report }
    const remote = flags.has('remote') ? await askProvider(settings, record) : undefined
    const secrets = flags.has('show-secrets') ? secretsOf(record.current) : undefined
    return {
      ok: true,
      lines: [...reportLines(report), ...secretLines(secrets), ...(remote ? remoteLines(remote) : [])],
      data: { ...report, ...(secrets && { secrets }), ...remote },
    }
  },
}

interface Remote {
  readonly provider: JsonObject
  readonly differences: readonly Difference[]
}

async function askProvider(settings: Settings, { current }: ReadyRecord): Promise<Remote> {
  const seen = await fetchRegistration(await openRegistrar(settings), current)
  return { provider: shownMembers(seen), differences: differencesOf(current.granted, seen) }
}

function showStatic({ issuer }: Settings, clientId: string): Outcome {
  const lines = buildTable({ client: clientId, issuer, store: 'none: options.client was made by hand' })
  return { ok: true, lines, data: { issuer, clientId, madeByHand: true } }
}

function secretLines(secrets: JsonObject | undefined): string[] {
  if (!secrets) return []
  return ['', 'Secrets:', ...tableOf(secrets)]
}

function remoteLines({ provider, differences }: Remote): string[] {
  const same = 'The provider has the same as the record.'
  const lines = differences.map(
    ({ member, recorded, provider: atProvider }) =>
      `${member}: ${textOf(recorded)} in the record, ${textOf(atProvider)} at the provider`,
  )
  return [
    '',
    'At the provider:',
    ...tableOf(provider),
    '',
    ...(lines.length > 0 ? ['Differences:', ...lines] : [same]),
  ]
}

function tableOf(members: JsonObject): string[] {
  const texts = Object.entries(members).map(([member, value]) => [member, textOf(value)])
  return buildTable(Object.fromEntries(texts)).map(line => `  ${line}`)
}
