import type { Request, Response } from 'express'

/** One address of the middleware: which methods it takes, and what it does. */
export interface Route {
  readonly methods: readonly ('GET' | 'POST')[]
  handle(req: Request, res: Response): Promise<void>
}
