import { type RotationWay, rotateCredentials } from '../../relying-party/changes/rotate-credentials.ts'
import { clientLease, readClientRecord } from '../../relying-party/record/client-record.ts'
import { bindRegistrar } from '../../relying-party/record/registrar.ts'
import { underLease } from '../../stores/lease.ts'
import type { Command } from '../command.ts'
import { openRegistrar, requireRecord } from '../open-registrar.ts'
import { buildReport, reportLines } from './client-report.ts'

const sentences: Readonly<Record<RotationWay, string>> = {
  keys: 'The app has a new key. The previous one stays registered until every replica has read the record.',
  secret: 'The app has a new secret. Other replicas read it as soon as their old one is refused.',
  replacement: 'The app has a new client. The previous one serves its sessions until they end.',
}

/** Where the provider fetches the keys, a new one cannot sign at once. */
const served =
  'The next key of the app is served. It signs once the provider must have fetched it, at the next rotation below.'

/** Rotates the credentials now. */
export const clientRotate: Command = {
  summary: 'rotate the credentials of this app now, in the first way that the provider supports',
  flags: {},
  async run({ settings: load }) {
    const settings = await load()
    const registrar = await openRegistrar(settings)
    await requireRecord(settings)
    const way = await underLease(settings, clientLease(settings), bind =>
      rotateCredentials(bindRegistrar(registrar, bind)),
    )
    const { record } = await readClientRecord(settings)
    const report = buildReport(settings, record)
    const sentence = record.current?.nextKeyAt === undefined ? sentences[way] : served
    return { ok: true, lines: [sentence, ...reportLines(report)], data: { way, ...report } }
  },
}
