import type { Settings } from '../../relying-party/options/settings.ts'

/** Where the links on built-in pages and in JSON answers lead. */
export interface Site {
  readonly baseUrl: string
  readonly loginUrl: string | undefined
}

export function buildSite({ baseUrl, routes, bearer }: Settings): Site {
  const hasLogin = routes.login !== undefined && bearer?.tokensOnly !== true
  return { baseUrl, loginUrl: hasLogin ? baseUrl + routes.login : undefined }
}
