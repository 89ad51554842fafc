import type { RelyingPartyOptions } from '../../../src/index.ts'

/** What an app does. `settle` waits until nothing is due any more. */
export type Step = 'start' | 'rotate' | 'settle' | 'unregister'

type Options = Pick<RelyingPartyOptions, 'scope' | 'metadata' | 'rereadEvery' | 'routes'>

/** Something that changes a registration, to be interrupted everywhere. */
export interface Scenario {
  readonly name: string
  readonly options: Options
  readonly steps: readonly Step[]
  /** What was done before, how many milliseconds ago. */
  readonly before?: { readonly steps: readonly Step[]; readonly ago: number; readonly options?: Options }
  readonly medium?: 'redis'
  /** Where it can be interrupted: at each call of the store and each request, or at each call of the file system. */
  readonly within?: 'files'
  readonly takesSecrets?: true
  /** The provider encrypts ID tokens as it is registered, for each of the keys in turn. */
  readonly encrypts?: true
  /** The app serves its keys, so that nothing changes at the provider. */
  readonly servesKeys?: true
  /** Whether credentials can be renewed again after it was interrupted: it is tried. */
  readonly again?: true
  /** What the app says when nothing interrupts it. */
  readonly says?: string
  /** Of how many points one is tried in an ordinary run. Default 3. */
  readonly oneOf?: number
}

const HOUR = 3_600_000
const secret: Options = { metadata: { token_endpoint_auth_method: 'client_secret_basic' } }
const encrypted: Options = { metadata: { id_token_encrypted_response_alg: 'ECDH-ES' } }
const served: Options = { ...encrypted, routes: { jwks: '/jwks.json' } }
const started = { steps: ['start'], ago: HOUR } as const

/** A timer looks after the registration each second, for the duties that come with time. */
const soon: Options = { rereadEvery: 1 }

/** Every change of a registration. */
export const scenarios: readonly Scenario[] = [
  { name: 'registration', options: {}, steps: ['start'], oneOf: 1 },
  { name: 'registration in Redis', options: {}, steps: ['start'], medium: 'redis' },
  { name: 'registration, file by file', options: {}, steps: ['start'], within: 'files', oneOf: 9 },
  {
    name: 'reconciliation',
    options: { scope: 'openid profile email offline_access', metadata: { client_name: 'Renamed' } },
    steps: ['start'],
    before: { ...started, options: {} },
    again: true,
  },
  {
    name: 'rotation by keys',
    options: {},
    steps: ['start', 'rotate'],
    before: started,
    again: true,
    says: '(keys)',
    oneOf: 1,
  },
  {
    name: 'rotation by secret',
    options: secret,
    steps: ['start', 'rotate'],
    before: started,
    takesSecrets: true,
    again: true,
    says: '(secret)',
  },
  {
    name: 'rotation by replacement',
    options: secret,
    steps: ['start', 'rotate'],
    before: started,
    again: true,
    says: '(replacement)',
  },
  {
    name: 'drop of former keys',
    options: soon,
    steps: ['start', 'settle'],
    before: { steps: ['start', 'rotate'], ago: HOUR },
    again: true,
  },
  {
    name: 'deletion of a retired client',
    options: { ...secret, ...soon },
    steps: ['start', 'settle'],
    before: { steps: ['start', 'rotate'], ago: 20 * HOUR },
  },
  {
    name: 'registration with a key for encryption',
    options: encrypted,
    steps: ['start'],
    encrypts: true,
    oneOf: 9,
    again: true,
  },
  {
    name: 'reconciliation to another encryption',
    options: { metadata: { id_token_encrypted_response_alg: 'ECDH-ES+A256KW' } },
    steps: ['start'],
    before: { ...started, options: encrypted },
    encrypts: true,
    oneOf: 9,
    again: true,
  },
  {
    name: 'rotation by keys with one for encryption',
    options: encrypted,
    steps: ['start', 'rotate'],
    before: started,
    encrypts: true,
    oneOf: 9,
    again: true,
    says: '(keys)',
  },
  {
    name: 'next key that is served',
    options: served,
    steps: ['start', 'rotate'],
    before: started,
    encrypts: true,
    oneOf: 9,
    servesKeys: true,
    again: true,
    says: 'It signs from',
  },
  { name: 'unregister', options: {}, steps: ['start', 'unregister'], before: started },
]
