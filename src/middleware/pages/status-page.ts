import type { StatusReport } from '../../session/status-report.ts'
import type { Page, PageFact, PageSection } from './page.ts'

type Process = StatusReport['process']

/** The report for operators, for people. */
export function buildStatusPage({ reportedAt, problems, app, process }: StatusReport): Page {
  const show = timesAt(Date.parse(reportedAt))
  return {
    title: `Sign-in status of ${new URL(app.baseUrls[0] ?? app.issuer).host}`,
    paragraphs: problems.length > 0 ? problems : ['This process knows of no problem.'],
    sections: [
      buildClient(app, show),
      buildProcess(process, show),
      buildStores(process.stores),
      buildSessions(process.sessions),
      buildErrors(process.errors, show),
    ],
    actions: [{ label: 'Reload', href: '' }],
  }
}

type ShowTime = (time: string | undefined) => string | undefined

function buildClient(app: StatusReport['app'], show: ShowTime): PageSection {
  return {
    heading: 'Provider and client',
    note: 'The same for all replicas.',
    facts: present([
      ['Provider', app.issuer],
      ['Tenants', app.tenants === 'function' ? 'decided by a function' : app.tenants?.toString()],
      ['App', app.baseUrls.join(' ')],
      ['Name of the record', app.name],
      ['Client', app.clientId ?? 'none yet'],
      ['Created', app.clientId && (app.isRegistered ? 'by the app' : 'by hand')],
      ['Generation', app.generation?.toString()],
      ['Registered', show(app.registeredAt)],
      ['Credentials since', show(app.rotatedAt)],
      ['Next rotation', show(app.nextRotationAt)],
      ...app.retiring.map(
        ({ clientId, until }): Row => ['Retiring client', `${clientId}, until ${show(until)}`],
      ),
    ]),
  }
}

function buildProcess({ state, host, pid, startedAt, provider }: Process, show: ShowTime): PageSection {
  return {
    heading: 'This process',
    note: 'Everything from here on is about this process only. Other replicas have reports of their own.',
    facts: present([
      ['Process', `${pid} on ${host}`],
      ['Running since', show(startedAt)],
      ['State', state],
      ['Last answer of the provider', show(provider.lastAnswerAt) ?? 'none yet'],
      ['Last failure of the provider', show(provider.lastFailureAt) ?? 'none'],
      ['Reason', provider.lastFailure],
    ]),
  }
}

function buildStores({ records, sessions }: Process['stores']): PageSection {
  return {
    heading: 'Stores',
    note: 'Each was read once for this report.',
    facts: [
      { name: 'Records of the library', value: describeStore(records) },
      { name: 'Sessions', value: describeStore(sessions) },
    ],
  }
}

function describeStore({ location, state, duration = 0, reason }: Process['stores']['records']): string {
  if (state === 'unknown') return 'no request has shown yet where they are'
  const words =
    state === 'available' ? `answered in ${Math.round(duration * 1_000)} ms` : `unavailable. ${reason}`
  return location === undefined ? words : `${location}: ${words}`
}

function buildSessions(counted: Process['sessions']): PageSection {
  return {
    heading: 'Sessions',
    note: 'Counted since this process started.',
    facts: [
      { name: 'Sign-ins', value: String(counted.signIns) },
      { name: 'Access tokens renewed', value: String(counted.refreshes) },
      { name: 'Sign-outs by the provider', value: String(counted.providerLogouts) },
      { name: 'Logins ended', value: String(counted.endedLogins) },
      { name: 'Logins with open connections', value: String(counted.watchedLogins) },
      { name: 'Sessions to be checked again', value: String(counted.uncheckedSessions) },
    ],
  }
}

function buildErrors(errors: Process['errors'], show: ShowTime): PageSection {
  return {
    heading: 'Last errors',
    note:
      errors.length > 0
        ? 'The log has the details, under the reference.'
        : 'None since this process started.',
    facts: errors.map(({ code, sentence, at, count, reference }) => ({
      name: show(at) ?? at,
      value: `${sentence} ${code}, ${count === 1 ? 'once' : `${count} times`}, reference ${reference}`,
    })),
  }
}

type Row = readonly [name: string, value: string | undefined]

/** Leaves out what is not known. */
function present(rows: readonly Row[]): PageFact[] {
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]))
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** Shows times in UTC, and how far away they are. */
function timesAt(now: number): ShowTime {
  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' }) // not at import: it loads 8 MB of data
  return time => {
    if (time === undefined) return undefined
    const distance = Date.parse(time) - now
    const [unit, size] = units.find(([, milliseconds]) => Math.abs(distance) >= milliseconds) ?? [
      'second',
      1_000,
    ]
    const utc = `${time.slice(0, 19).replace('T', ' ')} UTC`
    return `${utc} (${relative.format(Math.round(distance / size), unit)})`
  }
}
