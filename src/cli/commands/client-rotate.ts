import { readClientRecord } from '../../relying-party/client/client-record.ts'
import { bindRegistrar } from '../../relying-party/client/registrar.ts'
import { type RotationWay, rotateCredentials } from '../../relying-party/client/rotate-credentials.ts'
import { clientLease, underLease } from '../../relying-party/lease.ts'
import type { Command } from '../command.ts'
import { openRegistrar, requireRecord } from '../provider.ts'
import { buildReport, reportLines } from './client-report.ts'

const sentences: Readonly<Record<RotationWay, string>> = {
  keys: 'The app has a new key. The one before stays registered until every replica has read the record.',
  secret: 'The app has a new secret. Other replicas read it as soon as they are refused.',
  replacement: 'The app has a new client. The one before serves its sessions until they end.',
}

/** Renews the credentials now. */
export const clientRotate: Command = {
  summary: 'renews the credentials of this app now, by the first way that the provider allows',
  flags: {},
  async run({ settings: load }) {
    const settings = await load()
    const registrar = await openRegistrar(settings)
    await requireRecord(settings)
    const way = await underLease(settings, clientLease(settings), bind =>
      rotateCredentials(bindRegistrar(registrar, bind)),
    )
    const report = buildReport(settings, (await readClientRecord(settings)).record)
    return { ok: true, lines: [sentences[way], ...reportLines(report)], data: { way, ...report } }
  },
}
