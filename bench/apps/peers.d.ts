// The types that the apps need of the packages that only bench/package.json installs, so that `npm run check` works without it.
declare module 'express-openid-connect' {
  const library: {
    readonly auth: (options: object) => import('express').RequestHandler
    readonly requiresAuth: () => import('express').RequestHandler
  }
  export default library
}

declare module 'passport-openidconnect' {
  export default class Strategy {
    name: string
    constructor(
      options: object,
      verify: (issuer: string, profile: { id: string }, done: (error: null, user: object) => void) => void,
    )
    authenticate(): void
  }
}

declare module '@auth/express' {
  export function ExpressAuth(config: object): import('express').RequestHandler
  export function getSession(
    req: import('express').Request,
    config: object,
  ): Promise<{ readonly user?: { readonly id?: string } } | null>
}

declare module 'better-auth' {
  export function betterAuth(options: object): {
    readonly api: {
      getSession(request: { headers: Headers }): Promise<{ readonly user: { readonly sub?: string } } | null>
    }
  }
}

declare module 'better-auth/adapters/memory' {
  export function memoryAdapter(tables: Readonly<Record<string, readonly object[]>>): object
}

declare module 'better-auth/node' {
  export function fromNodeHeaders(headers: import('node:http').IncomingHttpHeaders): Headers
  export function toNodeHandler(auth: object): import('express').RequestHandler
}

declare module 'better-auth/plugins' {
  export function genericOAuth(options: object): object
}
