import type { Outcome } from './journey.ts'
import { type LinkName, links } from './links.ts'
import { moments } from './steps.ts'

/** Milliseconds in which something is answered while a link is disturbed, by what the library promises. */
const deadlines = { provider: 5_000, store: 2_000, sessions: 5_000 } as const

/** The longest answer at each moment and on each link, against its deadline. */
export function tableOf(seen: readonly (readonly [link: LinkName, outcomes: readonly Outcome[]])[]): string {
  const rows = (Object.keys(links) as LinkName[]).map(link => {
    const outcomes = seen.filter(([name]) => name === link).flatMap(([, all]) => all)
    const cells = moments.map(moment => {
      const times = outcomes.filter(one => one.moment === moment).map(({ longest }) => longest)
      return `${(Math.max(0, ...times) / 1_000).toFixed(1)}/${deadlines[links[link]] / 1_000} s`
    })
    const recovery = Math.max(0, ...outcomes.map(one => one.recovery))
    return [link, ...cells, `${(recovery / 1_000).toFixed(1)} s`]
  })
  return [['longest answer/deadline', ...moments, 'recovery'], ...rows]
    .map(([first = '', ...cells]) => first.padEnd(24) + cells.map(cell => cell.padEnd(13)).join(''))
    .join('\n')
}
