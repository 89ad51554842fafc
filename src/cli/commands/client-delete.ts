import { type DeletedClient, deleteClients } from '../../relying-party/client/operator-changes.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { readClientRecord } from '../../relying-party/record/client-record.ts'
import type { ClientRecord } from '../../relying-party/record/client-record-shape.ts'
import type { Deletion } from '../../relying-party/record/retired-clients.ts'
import { type Command, type CommandContext, type Outcome, UsageError } from '../command.ts'
import { failureOf } from '../format.ts'
import { noRegistration, openRegistrar } from '../open-registrar.ts'

/** Deletes every client of this app at the provider, then the record. */
export const clientDelete: Command = {
  summary: 'delete the clients of this app at the provider, and their record',
  flags: { yes: 'do not ask for confirmation' },
  async run(context: CommandContext): Promise<Outcome> {
    const settings = await context.settings()
    const ids = clientIds((await readClientRecord(settings)).record)
    if (!settings.client && ids.length === 0)
      return { ok: true, lines: [noRegistration(settings)], data: { clients: [] } }
    const registrar = await openRegistrar(settings)
    if (!(await isConfirmed(context, settings, ids)))
      return { ok: false, lines: ['Nothing was deleted.'], data: { clients: [] } }
    return report(await deleteClients(registrar))
  },
}

function clientIds({ current, retiring = [] }: ClientRecord): string[] {
  return [...(current ? [current] : []), ...retiring].map(({ clientId }) => clientId)
}

const sentences: Readonly<Record<Deletion, (clientId: string) => string>> = {
  deleted: id => `Deleted client ${id}.`,
  gone: id => `Client ${id} was already gone: the provider no longer accepts it.`,
  refused: id => `Client ${id} was not deleted: the provider does not let this app do it. Delete it there.`,
}

const last = 'Nobody can sign in until the app is restarted, which registers it again.'
const again = 'What could not be deleted is still in the record: run this command again.'

function report(results: readonly DeletedClient[]): Outcome {
  const lines = results.map(({ clientId, deletion, failure }) =>
    deletion
      ? sentences[deletion](clientId)
      : `Client ${clientId} was not deleted: ${failureOf(failure).message}`,
  )
  const clients = results.map(({ clientId, deletion = 'failed', failure }) => ({
    clientId,
    result: deletion,
    ...(failure && { error: failureOf(failure) }),
  }))
  const ok = clients.every(({ result }) => result === 'deleted' || result === 'gone')
  const isLeft = clients.some(({ result }) => result === 'failed')
  return { ok, lines: [...lines, ...(isLeft ? [again] : []), last], data: { clients } }
}

async function isConfirmed(
  { flags, terminal }: CommandContext,
  { issuer }: Settings,
  clientIds: readonly string[],
): Promise<boolean> {
  if (flags.has('yes')) return true
  if (!terminal.ask)
    throw new UsageError(
      'client delete asks for confirmation, and there is no terminal. To delete without confirmation: --yes',
    )
  const question = `Delete client ${clientIds.join(', ')} at ${issuer}? All tokens of its users become invalid, and nobody can sign in until the app is restarted. [y/N] `
  return /^y(es)?$/i.test((await terminal.ask(question)).trim())
}
