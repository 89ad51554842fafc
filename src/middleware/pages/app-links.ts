import type { Settings } from '../../relying-party/options/settings.ts'

/** Where links lead that we show. */
export interface Site {
  readonly baseUrl: string
  readonly loginUrl: string | undefined
}

export function buildSite({ baseUrl, routes, bearer }: Settings): Site {
  const hasLogin = routes.login !== undefined && bearer?.tokensOnly !== true
  return { baseUrl, loginUrl: hasLogin ? baseUrl + routes.login : undefined }
}
