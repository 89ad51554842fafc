import type { Settings } from '../relying-party/settings.ts'

/** Where links lead that we show. */
export interface Site {
  readonly baseUrl: string
  readonly loginUrl: string | undefined
}

export function buildSite({ baseUrl, routes }: Settings): Site {
  return { baseUrl, loginUrl: routes.login === undefined ? undefined : baseUrl + routes.login }
}
