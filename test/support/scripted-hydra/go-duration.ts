const NANOSECONDS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 }

/** Hydra facts §9: a duration comes back as Go writes it: `10m` as `10m0s`, `90s` as `1m30s`, `1500ms` as `1.5s`. */
export function goDuration(text: string): string {
  const parts = [...text.matchAll(/([0-9]+)(ns|us|ms|s|m|h)/g)]
  const total = parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (NANOSECONDS[unit] ?? 0), 0)
  if (total === 0) return '0s'
  if (total < 1e9) return subSecond(total)
  const hours = Math.floor(total / 3600e9)
  const minutes = Math.floor((total % 3600e9) / 60e9)
  const seconds = `${(total % 60e9) / 1e9}s`
  if (hours > 0) return `${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}

function subSecond(total: number): string {
  if (total < 1e3) return `${total}ns`
  return total < 1e6 ? `${total / 1e3}µs` : `${total / 1e6}ms`
}
