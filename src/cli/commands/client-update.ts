import {
  buildAskedHash,
  clientLease,
  type ReadyRecord,
  readClientRecord,
} from '../../relying-party/client/client-record.ts'
import { fetchRegistration, reconcile } from '../../relying-party/client/reconcile-client.ts'
import { bindRegistrar, type Registrar } from '../../relying-party/client/registrar.ts'
import { isUnmanageable } from '../../relying-party/client/registration-refusals.ts'
import { underLease } from '../../stores/lease.ts'
import type { Command, Outcome } from '../command.ts'
import { textOf } from '../format.ts'
import { openRegistrar, requireRecord } from '../open-registrar.ts'
import { changesOf, type Difference } from '../registered-client.ts'

/** Updates the registration to match the options, even if a newer release of the app has asked for something else. */
export const clientUpdate: Command = {
  summary: 'update the registration to match the current options',
  flags: {},
  async run({ settings: load }) {
    const settings = await load()
    const registrar = await openRegistrar(settings)
    return underLease(settings, clientLease(settings), bind => update(bindRegistrar(registrar, bind)))
  },
}

async function update(registrar: Registrar): Promise<Outcome> {
  const record = await requireRecord(registrar.settings)
  const changes = await findChanges(registrar, record)
  if (changes?.length === 0 && record.current.asked === buildAskedHash(registrar.asked))
    return outcome(true, 'unchanged', record.current.clientId, [])
  const { record: latest } = await readClientRecord(registrar.settings) // the answer may have contained a new token
  const before = latest as ReadyRecord
  const after = await reconcile(registrar, before)
  const { clientId } = after.current
  if (after === before) return outcome(false, 'refused', clientId, changes ?? []) // the log says why
  return outcome(true, clientId === before.current.clientId ? 'updated' : 'replaced', clientId, changes ?? [])
}

/** What differs at the provider, or `undefined` if the app may not read its registration. */
async function findChanges(
  registrar: Registrar,
  { current }: ReadyRecord,
): Promise<Difference[] | undefined> {
  try {
    return changesOf(await fetchRegistration(registrar, current), registrar.asked)
  } catch (error) {
    if (isUnmanageable(error)) return undefined
    throw error
  }
}

const sentences = {
  unchanged: 'Nothing to change: the provider already has everything that the options ask for. Client:',
  updated: 'Updated at the provider: client',
  replaced: 'The registration could not be changed, so new sign-ins use another client:',
  refused: 'The registration was not updated, because this app cannot change it: client',
}

function outcome(
  ok: boolean,
  result: keyof typeof sentences,
  clientId: string,
  changes: readonly Difference[],
): Outcome {
  const lines = changes.map(
    ({ member, recorded, provider }) => `  ${member}: ${textOf(provider)} → ${textOf(recorded)}`,
  )
  const list = changes.map(({ member, recorded, provider }) => ({ member, from: provider, to: recorded }))
  const data = { result, clientId, changes: list }
  return { ok, lines: [`${sentences[result]} ${clientId}.`, ...lines], data }
}
