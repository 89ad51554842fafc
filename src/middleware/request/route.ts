import type { Request, Response } from 'express'

/** One address of the middleware: its methods, and what it does. */
export interface Route {
  readonly methods: readonly ('GET' | 'HEAD' | 'POST')[]
  /** `false` if it is not called by a browser with a session. */
  readonly needsSession?: false
  handle(req: Request, res: Response): Promise<void>
}
