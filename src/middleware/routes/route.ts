import type { Request, Response } from 'express'

/** One address of the middleware: which methods it takes, and what it does. */
export interface Route {
  readonly methods: readonly ('GET' | 'POST')[]
  /** `false` where no browser with a session comes. */
  readonly needsSession?: false
  handle(req: Request, res: Response): Promise<void>
}
