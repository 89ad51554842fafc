import type { Administration, Purpose } from '../servers/administration.ts'
import type { RemoteAddress } from '../servers/control.ts'
import type { ProviderName } from './providers.ts'

/** A provider that a flow runs against. It runs in another process. */
export interface Provider extends RemoteAddress {
  readonly name: ProviderName
  readonly administration: Administration
  readonly close: () => Promise<void>
}

/** What reaches the process that runs the providers. */
export function remoteProvider(controlUrl: string, name: ProviderName, address: RemoteAddress): Provider {
  const administration = Object.fromEntries(
    address.operations.map(operation => [
      operation,
      (...given: unknown[]) => callControl(controlUrl, `${address.id}/${operation}`, given),
    ]),
  ) as unknown as Administration
  return {
    ...address,
    name,
    administration,
    close: async () => void (await callControl(controlUrl, `${address.id}/close`, [])),
  }
}

/** Starts a provider for one flow. */
export async function startProvider(
  controlUrl: string,
  name: ProviderName,
  purpose: Purpose,
): Promise<Provider> {
  const address = (await callControl(controlUrl, 'start', [name, purpose])) as RemoteAddress
  return remoteProvider(controlUrl, name, address)
}

async function callControl(url: string, path: string, given: readonly unknown[]): Promise<unknown> {
  const response = await fetch(`${url}/${path}`, { method: 'POST', body: JSON.stringify(given) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${text}`)
  return JSON.parse(text)
}
