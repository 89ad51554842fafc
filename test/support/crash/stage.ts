import { cp, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Settings } from '../../../src/relying-party/options/settings.ts'
import { recordKey } from '../../../src/relying-party/record/client-record.ts'
import { freePort } from '../processes/free-port.ts'
import { type ScriptedProvider, scriptedProvider } from '../scripted-provider.ts'
import { settingsOf } from '../settings.ts'
import { type Medium, type OpenMedium, openMedium } from '../stores/media.ts'
import type { ChildTask } from './child.ts'
import { interruptible, type ProviderScript } from './provider-script.ts'
import { type Ended, runChild } from './run-child.ts'
import type { Scenario } from './scenarios.ts'

/** How long before its restart an app dies, in milliseconds: its lease and its temporary files are old by then. */
const AGO = 70_000

interface Parts {
  readonly root: string
  readonly opened: OpenMedium
  readonly provider: ScriptedProvider
  readonly port: number
}

type Errand = Pick<ChildTask, 'steps' | 'proof'> & Partial<ChildTask>

/** A provider and a store on which a scenario is played again and again, each time from the same state. */
export class Stage {
  readonly provider: ScriptedProvider
  readonly script: ProviderScript
  readonly #scenario: Scenario
  readonly #root: string
  readonly #server: Medium | undefined
  readonly #opened: OpenMedium
  readonly #port: number
  #store = 'before'
  #before: ScriptedProvider['clients'] = new Map()

  private constructor(scenario: Scenario, server: Medium | undefined, parts: Parts) {
    this.#scenario = scenario
    this.#server = server
    this.provider = parts.provider
    this.script = interruptible(parts.provider, scenario)
    this.#root = parts.root
    this.#opened = parts.opened
    this.#port = parts.port
  }

  /** Sets the stage for a scenario: what comes before it is done, once. */
  static async open(scenario: Scenario, server?: Medium): Promise<Stage> {
    const root = await mkdtemp(join(tmpdir(), 'oidc-crash-'))
    const opened = await openMedium(server ?? { kind: 'files', place: root })
    const parts = { root, opened, provider: await scriptedProvider(), port: await freePort() }
    const stage = new Stage(scenario, server, parts)
    await stage.#prepare()
    return stage
  }

  async #prepare(): Promise<void> {
    const { before } = this.#scenario
    if (!before) return
    const { steps, ago, options } = before
    const { report } = await this.run({ steps, proof: [], clock: -ago, ...(options && { options }) })
    const problem = report.failure ?? report.fault
    if (problem) throw new Error(`The scenario could not be prepared: ${problem}`)
    this.#before = structuredClone(this.provider.clients)
  }

  /** Goes back to the state before the scenario, with a store that is called this. */
  async reset(store: string): Promise<void> {
    this.provider.clients.clear()
    for (const [id, client] of structuredClone(this.#before)) this.provider.clients.set(id, client)
    if (this.#scenario.before)
      await cp(join(this.#root, 'before'), join(this.#root, store), { recursive: true })
    this.#store = store
  }

  /** Whether the provider holds other clients than then, or other credentials of theirs. */
  hasChanged(): boolean {
    return credentialsOf(this.provider.clients) !== credentialsOf(this.#before)
  }

  settings(): Settings {
    const { options } = this.#scenario
    const { issuer } = this.provider
    const baseUrl = `http://localhost:${this.#port}`
    return settingsOf({ ...options, issuer, baseUrl, name: 'app', store: this.#opened.store(this.#store) })
  }

  /** The folder of the store, if it is in one. */
  folder(): string | undefined {
    return this.#server ? undefined : join(this.#root, this.#store)
  }

  /** Runs a process on that store, by default one whose clock is right. */
  run(errand: Errand): Promise<Ended> {
    const task = {
      medium: this.#server ?? { kind: 'files' as const, place: this.#root },
      store: this.#store,
      issuer: this.provider.issuer,
      port: this.#port,
      clock: 0,
      options: this.#scenario.options,
    }
    return runChild({ ...task, ...errand }, join(this.#root, 'compiled'))
  }

  /** Runs a process that may die, a while ago. A server has a clock of its own: what would have expired is taken away. */
  async runLongAgo(errand: Errand): Promise<Ended> {
    const ended = await this.run({ clock: -AGO, ...errand })
    const folder = this.folder()
    const settings = this.settings()
    await (folder ? age(folder) : settings.store.delete(recordKey('lease', settings)))
    return ended
  }

  async close(): Promise<void> {
    await Promise.all([this.provider.close(), this.#opened.close()])
    await rm(this.#root, { recursive: true, force: true, maxRetries: 5 })
  }
}

function credentialsOf(clients: ScriptedProvider['clients']): string {
  return JSON.stringify(
    [...clients].map(([id, { client_secret, jwks, scope }]) => [id, client_secret, jwks, scope]),
  )
}

/** The clock of a file system is right. */
async function age(folder: string): Promise<void> {
  const then = new Date(Date.now() - AGO)
  const names = await readdir(folder).catch(() => [])
  for (const name of names) await utimes(join(folder, name), then, then)
}
