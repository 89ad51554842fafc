/** A CPU profile as V8 writes it. */
export interface Profile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  /** Microseconds between one sample and the next. */
  readonly timeDeltas: readonly number[]
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}

/** How long something ran itself, without what it called, in microseconds. */
export type SelfTimes = readonly (readonly [name: string, microseconds: number])[]

/** Where a process spent its time, by package and by function, most first. Time in which it waited is left out. */
export function readProfile({ nodes, samples, timeDeltas }: Profile): {
  readonly packages: SelfTimes
  readonly functions: SelfTimes
} {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const packages = new Map<string, number>()
  const functions = new Map<string, number>()
  for (const [index, sample] of samples.entries()) {
    const { functionName = '', url = '', lineNumber = 0 } = frames.get(sample) ?? {}
    if (functionName === '(idle)') continue
    const time = timeDeltas[index] ?? 0
    const owner = packageOf(functionName, url)
    const name = `${owner}: ${functionName || '(anonymous)'}:${lineNumber + 1}`
    packages.set(owner, (packages.get(owner) ?? 0) + time)
    functions.set(name, (functions.get(name) ?? 0) + time)
  }
  return { packages: mostFirst(packages), functions: mostFirst(functions) }
}

function packageOf(functionName: string, url: string): string {
  if (functionName.startsWith('(')) return functionName // such as the garbage collector
  if (url.startsWith('node:internal/deps/')) return 'undici'
  if (url === '' || url.startsWith('node:')) return 'Node.js'
  const path = url.split('/node_modules/').at(-1) ?? url
  if (path === url) return url.includes('/bench/') ? 'app' : 'express-oidc-rp'
  return path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/')
}

function mostFirst(times: ReadonlyMap<string, number>): SelfTimes {
  return [...times].toSorted(([, one], [, other]) => other - one)
}
