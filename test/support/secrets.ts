import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ScriptedProvider } from './scripted-provider.ts'

/** Everything that a provider and a browser have exchanged with the app and that must stay between them. */
export function secretsOf(provider: ScriptedProvider): string[] {
  const clients = [...provider.clients.values()].flatMap(({ client_secret, registration_access_token }) => [
    client_secret,
    registration_access_token,
  ])
  const exchanged = provider.requestsTo('token').flatMap(({ body, headers }) => {
    const form = new URLSearchParams(body)
    return [
      form.get('code'),
      form.get('code_verifier'),
      form.get('client_assertion'),
      headers.authorization?.slice(6),
    ]
  })
  const asked = provider.requestsTo('authorize').map(({ query }) => query.get('nonce'))
  const bearers = provider.requestsTo('userinfo').map(({ headers }) => headers.authorization?.slice(7))
  return [...clients, ...exchanged, ...asked, ...bearers].filter(secret => typeof secret === 'string')
}

/** The private parts of the keys that the app has chosen for itself. */
export async function privateKeysIn(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter(name => name.startsWith('client'))
  const files = await Promise.all(names.map(name => readFile(join(directory, name), 'utf8')))
  return files.flatMap(file => [...file.matchAll(/\\"d\\":\\"([\w-]{20,})\\"/g)].map(([, key = '']) => key))
}
