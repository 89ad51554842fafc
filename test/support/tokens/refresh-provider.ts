import { type LocalProvider, startProvider } from '../../../examples/provider/provider.ts'

type Context = Parameters<Parameters<LocalProvider['provider']['use']>[0]>[0]
type Gate = (ctx: Context) => Promise<void>

/** A provider that rotates refresh tokens, notices when one is used twice, and counts by itself. */
export interface RefreshProvider {
  readonly issuer: string
  /** How many refreshes it has granted and refused. */
  readonly refreshes: () => { readonly granted: number; readonly refused: number }
  /** Passed by what is asked of an endpoint before it is handled, and by its answer. */
  readonly gates: { before?: Gate; after?: Gate; keys?: Gate }
  readonly close: () => Promise<void>
}

/** Starts it. The first access token lives a second. */
export async function startRefreshProvider(): Promise<RefreshProvider> {
  let first = true
  const lifetime = (): number => {
    const seconds = first ? 1 : 3_600
    first = false
    return seconds
  }
  const counts = { granted: 0, refused: 0 }
  const gates: RefreshProvider['gates'] = {}
  const local = await startProvider({
    configuration: defaults => ({
      ...defaults,
      rotateRefreshToken: true,
      ttl: { ...defaults.ttl, AccessToken: lifetime },
    }),
    extend(provider) {
      provider.on('grant.success', ctx => {
        if (isRefresh(ctx)) counts.granted += 1
      })
      provider.on('grant.error', ctx => {
        if (isRefresh(ctx)) counts.refused += 1
      })
      provider.use((ctx, next) => passGates(gates, ctx, next))
    },
  })
  return { issuer: local.issuer, refreshes: () => ({ ...counts }), gates, close: () => local.close() }
}

function isRefresh(ctx: Context): boolean {
  return ctx['oidc']?.params?.['grant_type'] === 'refresh_token'
}

async function passGates(
  gates: RefreshProvider['gates'],
  ctx: Context,
  next: () => Promise<unknown>,
): Promise<void> {
  if (ctx.path === '/jwks') await gates.keys?.(ctx)
  if (ctx.path !== '/token') return void (await next())
  await gates.before?.(ctx)
  if (ctx.req.socket.destroyed) return // whoever asked is gone
  await next()
  await gates.after?.(ctx)
}
