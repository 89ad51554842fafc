import { isReady, readClientRecord } from '../../relying-party/client/client-record.ts'
import { registeredClients } from '../../relying-party/client/clients.ts'
import { unregisterNow } from '../../relying-party/client/operator-changes.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { type Command, type CommandContext, type Outcome, UsageError } from '../command.ts'
import { noRegistration, openRegistrar } from '../open-registrar.ts'

/** Deletes every client of this app at the provider, then the record. */
export const clientDelete: Command = {
  summary: 'delete the clients of this app at the provider, and their record',
  flags: { yes: 'do not ask for confirmation' },
  async run(context: CommandContext): Promise<Outcome> {
    const settings = await context.settings()
    const { record } = await readClientRecord(settings)
    if (!settings.client && !isReady(record))
      return { ok: true, lines: [noRegistration(settings)], data: { deleted: [] } }
    const registrar = await openRegistrar(settings)
    if (!isReady(record) || !(await isConfirmed(context, settings, record.current.clientId)))
      return { ok: false, lines: ['Nothing was deleted.'], data: { deleted: [] } }
    await unregisterNow({ registrar, clients: registeredClients(registrar, record) })
    const deleted = [record.current, ...(record.retiring ?? [])].map(({ clientId }) => clientId)
    const last = 'Nobody can sign in until the app is restarted, which registers it again.'
    return { ok: true, lines: [...deleted.map(id => `Deleted client ${id}.`), last], data: { deleted } }
  },
}

async function isConfirmed(
  { flags, terminal }: CommandContext,
  { issuer }: Settings,
  clientId: string,
): Promise<boolean> {
  if (flags.has('yes')) return true
  if (!terminal.ask)
    throw new UsageError(
      'client delete asks for confirmation, and there is no terminal. To delete without confirmation: --yes',
    )
  const question = `Delete client ${clientId} at ${issuer}? All tokens of its users become invalid, and nobody can sign in until the app is restarted. [y/N] `
  return /^y(es)?$/i.test((await terminal.ask(question)).trim())
}
