import { fetchRegistration, reconcile } from '../../relying-party/changes/reconcile-client.ts'
import { buildAskedHash, clientLease } from '../../relying-party/record/client-record.ts'
import type { ReadyRecord } from '../../relying-party/record/client-record-shape.ts'
import { bindRegistrar, type Registrar } from '../../relying-party/record/registrar.ts'
import { isUnmanageable } from '../../relying-party/record/registration-refusals.ts'
import { underLease } from '../../stores/lease.ts'
import type { ClientInformation } from '../../vocabulary/oauth2-client.ts'
import type { Command, Outcome } from '../command.ts'
import { textOf } from '../format.ts'
import { openRegistrar, requireRecord } from '../open-registrar.ts'
import { type Difference, differencesOf, missingFrom } from '../registered-client.ts'

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

/** Reports what the provider's answers before and after differ in, not what was asked for. */
async function update(registrar: Registrar): Promise<Outcome> {
  const { settings, asked } = registrar
  const record = await requireRecord(settings)
  const seen = await readAtProvider(registrar, record)
  const wanted = missingFrom(seen ?? record.current.granted, asked)
  const { clientId } = record.current
  if (seen && wanted.length === 0 && record.current.asked === buildAskedHash(asked))
    return outcome('unchanged', clientId, [], [])
  const before = await requireRecord(settings) // again: the answer may have contained a new token
  const after = await reconcile(registrar, before)
  if (after === before) return outcome('refused', clientId, [], wanted) // the log says why
  const { granted, clientId: newId } = after.current
  const changes = differencesOf(seen ?? before.current.granted, granted)
  const missing = missingFrom(granted, asked)
  if (newId !== clientId)
    return outcome(
      'replaced',
      newId,
      changes.filter(({ member }) => member in asked),
      missing,
    )
  return outcome(changes.length > 0 ? 'updated' : 'kept', clientId, changes, missing)
}

/** The provider's answer, or `undefined` if the app may not read its registration. */
async function readAtProvider(
  registrar: Registrar,
  { current }: ReadyRecord,
): Promise<ClientInformation | undefined> {
  try {
    return await fetchRegistration(registrar, current)
  } catch (error) {
    if (isUnmanageable(error)) return undefined
    throw error
  }
}

const sentences = {
  unchanged: 'Nothing to change: the provider already has everything that the options ask for. Client:',
  updated: 'Updated at the provider: client',
  kept: 'The provider accepted the update and changed nothing: client',
  replaced: 'The registration could not be changed, so new sign-ins use another client:',
  refused: 'The registration was not updated, because this app cannot change it: client',
}

function outcome(
  result: keyof typeof sentences,
  clientId: string,
  changes: readonly Difference[],
  missing: readonly Difference[],
): Outcome {
  const changed = changes.map(
    ({ member, recorded, provider }) => `  ${member}: ${textOf(recorded)} → ${textOf(provider)}`,
  )
  const left = missing.map(
    ({ member, recorded, provider }) =>
      `  ${member}: the options ask for ${textOf(recorded)}; the provider has ${textOf(provider)}`,
  )
  const data = {
    result,
    clientId,
    changes: changes.map(({ member, recorded, provider }) => ({ member, from: recorded, to: provider })),
    missing: missing.map(({ member, recorded, provider }) => ({ member, asked: recorded, provider })),
  }
  return { ok: result !== 'refused', lines: [`${sentences[result]} ${clientId}.`, ...changed, ...left], data }
}
