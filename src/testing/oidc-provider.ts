import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * The parts of the package `oidc-provider` that are used, described by their shape. Its types are in a separate package, which
 * tests without a provider do not need.
 */
export interface OidcProviderLibrary {
  readonly Provider: new (issuer: string, configuration: object) => OidcProvider
  readonly interactionPolicy: InteractionPolicy
}

export interface OidcProvider {
  readonly Grant: new (of: { readonly clientId: string; readonly accountId: string }) => Grant
  use(middleware: (ctx: Context, next: () => Promise<unknown>) => Promise<void>): void
  callback(): (req: IncomingMessage, res: ServerResponse) => Promise<void>
  interactionDetails(req: IncomingMessage, res: ServerResponse): Promise<Interaction>
  interactionFinished(req: IncomingMessage, res: ServerResponse, result: object): Promise<void>
}

/** The consent that a user has given to a client. */
interface Grant {
  addOIDCScope(scope: string): void
  save(): Promise<string>
}

interface Interaction {
  readonly prompt: { readonly name: string }
  readonly params: Readonly<Record<string, unknown>>
}

/** A request at the provider. */
export interface Context {
  readonly path: string
  type: string
  body: unknown
  readonly oidc: {
    readonly provider: OidcProvider
    readonly client?: { readonly clientId: string }
    readonly session?: { readonly accountId?: string }
    readonly params?: Readonly<Record<string, unknown>>
    readonly result?: Readonly<Record<string, unknown>>
    readonly acr?: string
  }
}

/** The rules for when the provider asks the user something. */
export interface InteractionPolicy {
  base(this: void): { get(prompt: string): { readonly checks: { add(check: object): void } } | undefined }
  readonly Check: new (reason: string, description: string, needsPrompt: (ctx: Context) => boolean) => object
}

/** A record in the provider's storage. */
export interface StoredRecord {
  readonly uid?: string
  readonly userCode?: string
  readonly grantId?: string
  consumed?: unknown
  nonce?: string
}

/** The provider's storage for one kind of record. */
export interface Adapter {
  upsert(id: string, payload: StoredRecord): Promise<void>
  find(id: string): Promise<StoredRecord | undefined>
  findByUid(uid: string): Promise<StoredRecord | undefined>
  findByUserCode(userCode: string): Promise<StoredRecord | undefined>
  consume(id: string): Promise<void>
  destroy(id: string): Promise<void>
  revokeByGrantId(grantId: string): Promise<void>
}
