import { MemoryStore, type SessionData } from 'express-session'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { TestAppOptions } from '../app.ts'
import type { Answer } from '../scripted-provider.ts'

/** A store for sessions that counts what is written, and in which a write can be held up. */
export class CountingStore extends MemoryStore {
  writes = 0
  /** What a write waits for, and fails with. */
  gate: () => Promise<unknown> = () => Promise.resolve()

  override set(sid: string, data: SessionData, done?: (error?: unknown) => void): void {
    this.writes += 1
    void this.gate().then(
      () => super.set(sid, data, done),
      error => done?.(error),
    )
  }
}

/** An app at which `/info` gets the UserInfo, and whose sessions are in this store. */
export function userInfoApp(store: MemoryStore, relyingParty: RelyingPartyOptions): TestAppOptions {
  return {
    relyingParty,
    session: { store },
    after: app =>
      void app.get('/info', async (req, res) => {
        const outcome = await req.oidc.fetchUserInfo().catch(({ code }) => ({ code }))
        res.json({ outcome, name: req.user?.name })
      }),
  }
}

/** Holds up an answer until it is released. */
export function held(answer: Answer): {
  readonly answer: Answer
  readonly asked: Promise<void>
  readonly release: () => void
} {
  const asked = gate()
  const released = gate()
  return {
    async answer(request, response) {
      asked.open()
      await released.opened
      await answer(request, response)
    },
    asked: asked.opened,
    release: released.open,
  }
}

/** Something to wait for until it is opened. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open }
}
