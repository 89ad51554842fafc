import { resolve } from 'node:path'
import { storeOptionError } from './client-arguments.ts'
import { fileStore } from './files/file-store.ts'
import { memoryStore } from './memory-store.ts'
import { describeStore, type Store } from './store.ts'

/** Records that must survive a restart. Everything else ends with this process's sessions and is kept in memory. */
const durable = /^(client|key|lease):/

/**
 * Creates a store that needs no server: client records and keys in files, the rest in memory. For one machine.
 *
 * @param directory - A folder that only the user who runs the app can read. It is created if it does not exist.
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION` if that is no path.
 */
export function embeddedStore(directory = '.oidc'): Store {
  if (typeof directory !== 'string' || directory === '')
    throw storeOptionError('embeddedStore', 'the argument must be the path of a folder')
  const files = fileStore(resolve(directory))
  const memory = memoryStore()
  const storeOf = (key: string): Store => (durable.test(key) ? files : memory)
  return Object.freeze<Store>({
    ...describeStore(files),
    get: key => storeOf(key).get(key),
    set: (key, value, options) => storeOf(key).set(key, value, options),
    delete: (key, options) => storeOf(key).delete(key, options),
  })
}
