import { obtainRecord } from '../../relying-party/changes/obtain-client.ts'
import { forgetRefused } from '../../relying-party/changes/refused-registrations.ts'
import { readClientRecord } from '../../relying-party/record/client-record.ts'
import type { Command } from '../command.ts'
import { openRegistrar } from '../open-registrar.ts'
import { buildReport, reportLines } from './client-report.ts'

/** Registers the app as its first start does. */
export const clientRegister: Command = {
  summary: 'register this app, unless it is already registered',
  flags: {},
  async run({ settings: load }) {
    const settings = await load()
    const registrar = await openRegistrar(settings)
    const before = (await readClientRecord(settings)).record.current
    await forgetRefused(settings, 'all') // an operator wants to know what the provider answers now
    const record = await obtainRecord(registrar)
    const registered = before?.clientId !== record.current.clientId
    const report = buildReport(settings, record)
    return { ok: true, lines: reportLines(report), data: { registered, ...report } }
  },
}
