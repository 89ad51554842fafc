import type { Fetch } from '../protocol/requests/bounded-fetch.ts'
import { reasonOf } from '../protocol/requests/failure-reason.ts'
import type { Settings } from './options/settings.ts'

/**
 * Wraps a fetch so that a request to an address from the option `endpoints` that finds nothing there is blamed on that option,
 * and not on the provider. Each such address is named once.
 */
export function namingEndpoints({ endpoints, logOnce }: Settings, fetch: Fetch): Fetch {
  const names = new Map(Object.entries(endpoints).map(([name, url]) => [withoutQuery(url), name]))
  if (names.size === 0) return fetch
  return async (url, options) => {
    const name = names.get(withoutQuery(url))
    if (name === undefined) return fetch(url, options)
    const blame = (reason: string): void =>
      logOnce(
        `options.endpoints.${name} may be wrong: a request to ${withoutQuery(url)} failed (${reason}). This address is from that option, not from the provider's configuration.`,
      )
    try {
      const response = await fetch(url, options)
      if (response.status === 404 || response.status === 405) blame(`HTTP ${response.status}`)
      return response
    } catch (error) {
      blame(reasonOf(error))
      throw error
    }
  }
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
