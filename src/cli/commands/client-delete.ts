import { readClientRecord } from '../../relying-party/client/client-record.ts'
import { registeredClients } from '../../relying-party/client/clients.ts'
import { unregisterNow } from '../../relying-party/client/operator-changes.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { type Call, type Command, type Outcome, UsageError } from '../command.ts'
import { isReady, noRegistration, openRegistrar } from '../provider.ts'

/** Deletes every client of this app at the provider, then the record. */
export const clientDelete: Command = {
  summary: 'deletes the clients of this app at the provider, and their record',
  flags: { yes: 'does not ask' },
  async run(call: Call): Promise<Outcome> {
    const settings = await call.settings()
    const { record } = await readClientRecord(settings)
    if (!settings.client && !isReady(record))
      return { ok: true, lines: [noRegistration(settings)], data: { deleted: [] } }
    const registrar = await openRegistrar(settings)
    if (!isReady(record) || !(await isWanted(call, settings, record.current.clientId)))
      return { ok: false, lines: ['Nothing was deleted.'], data: { deleted: [] } }
    await unregisterNow({ registrar, clients: registeredClients(registrar, record) })
    const deleted = [record.current, ...(record.retiring ?? [])].map(({ clientId }) => clientId)
    const last = 'Nobody can sign in until the app starts again, which registers it anew.'
    return { ok: true, lines: [...deleted.map(id => `Deleted client ${id}.`), last], data: { deleted } }
  },
}

async function isWanted({ flags, terminal }: Call, { issuer }: Settings, clientId: string): Promise<boolean> {
  if (flags.has('yes')) return true
  if (!terminal.ask)
    throw new UsageError(
      'client delete asks a person first, and no terminal is there. To go on without: --yes',
    )
  const question = `Delete client ${clientId} at ${issuer}? Everybody's tokens of it end, and nobody can sign in until the app starts again. [y/N] `
  return /^y(es)?$/i.test((await terminal.ask(question)).trim())
}
