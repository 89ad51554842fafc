import type { Request } from 'express'
import type { Guard } from '../../../src/index.ts'
import type { Decision } from '../../../src/middleware/guards/decision.ts'

/** What is on a request, without a server. */
interface Visit {
  readonly user?: object | undefined
  /** Claims of the ID token. */
  readonly claims?: object
  readonly scope?: string
}

/** A request of a user with these claims. */
export function visit({ user, claims, scope }: Visit = {}): Request {
  const oidc = { isAuthenticated: user !== undefined, claims, scope }
  return { user, oidc } as unknown as Request
}

/** What a guard decides, as one word. */
export async function decide(guard: Guard, visited: Visit): Promise<Decision['kind']> {
  return (await guard.decide(visit(visited))).kind
}

/** Whether a guard lets a user with these claims pass. */
export async function passes(guard: Guard, user: object): Promise<boolean> {
  return (await decide(guard, { user })) === 'pass'
}
