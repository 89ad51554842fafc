/** Work by key, of which each piece runs once at a time however many callers ask for it. */
export interface SingleFlight<Result> {
  /** Starts the work for a key, or joins the work that is already running for it. Callers share its result or its failure. */
  run(key: string, work: () => Promise<Result>): Promise<Result>
  /** Whether work for a key is running. */
  has(key: string): boolean
  /** How many keys have work that is running. */
  readonly size: number
}

/** Makes a single flight. It remembers nothing of work that has ended. */
export function singleFlight<Result>(): SingleFlight<Result> {
  const running = new Map<string, Promise<Result>>()
  return {
    run(key, work) {
      const started = running.get(key) ?? work().finally(() => void running.delete(key))
      running.set(key, started)
      return started
    },
    has: key => running.has(key),
    get size() {
      return running.size
    },
  }
}
