import type { Request } from 'express'

/**
 * Finds the route of a request by its path, as Express would: a slash at the end and the case of letters only count if the app
 * has set `strict routing` or `case sensitive routing`.
 */
export function routeFinder<Route>(
  routes: ReadonlyMap<string, Route>,
): (req: Pick<Request, 'path' | 'app'>) => Route | undefined {
  const folded = new Map([...routes].map(([path, route]) => [foldPath(path), { path, route }]))

  return ({ path, app }) => {
    const found = folded.get(foldPath(path))
    if (!found || path === found.path) return found?.route
    const bare = withoutSlash(path)
    if (bare !== path && app.enabled('strict routing')) return undefined
    return bare === found.path || !app.enabled('case sensitive routing') ? found.route : undefined
  }
}

/** What two paths have in common that may lead to the same route. */
export function foldPath(path: string): string {
  return withoutSlash(path).toLowerCase()
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}
