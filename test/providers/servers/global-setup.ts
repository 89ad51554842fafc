import type { TestProject } from 'vitest/node'
import { type ProviderName, providerNames } from '../matrix/providers.ts'
import { WORKERS } from '../matrix/workers.ts'
import { allServers } from './all-servers.ts'
import { MissingServer } from './cache.ts'
import { type RemoteAddress, startControl } from './control.ts'

/** A provider that runs, once for each worker, or why it does not. */
export type Availability = { readonly addresses: readonly RemoteAddress[] } | { readonly missing: string }

declare module 'vitest' {
  interface ProvidedContext {
    controlUrl: string
    providers: Readonly<Record<ProviderName, Availability>>
  }
}

/** Starts every provider once per run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const sources = allServers()
  const control = await startControl((name, purpose) => sources[name as ProviderName].start(purpose))
  const find = async (name: ProviderName): Promise<Availability> => {
    if (!isWanted(name)) return { missing: 'PROVIDERS does not name it.' }
    try {
      await sources[name].install?.()
      const copies = Array.from({ length: WORKERS }, () => control.start(name, 'shared'))
      return { addresses: await Promise.all(copies) }
    } catch (error) {
      if (!(error instanceof MissingServer) || process.env['REQUIRE_SERVICES'] === '1') throw error
      console.warn(`Skipped: ${name}. ${error.message}`)
      return { missing: error.message }
    }
  }
  const close = async (): Promise<void> => {
    await control.close()
    for (const source of Object.values(sources)) await source.close?.()
  }
  try {
    const found = await Promise.all(providerNames.map(async name => [name, await find(name)] as const))
    project.provide('controlUrl', control.url)
    project.provide('providers', Object.fromEntries(found) as Record<ProviderName, Availability>)
  } catch (error) {
    await close()
    throw error
  }
  return close
}

/** `PROVIDERS=hydra,keycloak` runs these only. */
function isWanted(name: ProviderName): boolean {
  const { PROVIDERS } = process.env
  return PROVIDERS === undefined || PROVIDERS.split(',').includes(name)
}
