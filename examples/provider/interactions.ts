import { text } from 'node:stream/consumers'
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider'
import { consentPage, errorPage, loginPage } from './pages.ts'
import { findUser } from './users.ts'

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>
type Result = Parameters<Provider['interactionResult']>[2]
type Context = Pick<KoaContextWithOIDC, 'req' | 'res' | 'path' | 'method' | 'set' | 'redirect'> & {
  body: unknown
  status: number
}

const DENIED = { error: 'access_denied', error_description: 'The user denied the request.' }

/** Handles `/interaction/…`, where oidc-provider sends the browser for sign-in and consent. */
export function interactions(provider: Provider) {
  return async function interactions(ctx: Context, next: () => Promise<unknown>): Promise<void> {
    const [, uid, step] = /^\/interaction\/([^/]+)(?:\/(login|consent))?$/.exec(ctx.path) ?? []
    if (!uid) return void (await next())
    ctx.set({
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'content-type': 'text/html; charset=utf-8',
    })
    try {
      const interaction = await provider.interactionDetails(ctx.req, ctx.res)
      if (interaction.uid !== uid) throw new errors.SessionNotFound('another sign-in has started since')
      await answer(provider, ctx, interaction, step)
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error
      ctx.status = 400
      ctx.body = errorPage(error.error, 'This sign-in has ended. Go back to the app and start again.')
    }
  }
}

async function answer(
  provider: Provider,
  ctx: Context,
  interaction: Interaction,
  step?: string,
): Promise<void> {
  const { name } = interaction.prompt
  if (ctx.method !== 'POST') {
    ctx.body = await page(provider, interaction)
  } else if (step === 'login' && name === 'login') {
    await login(provider, ctx, interaction)
  } else if (step === 'consent' && name === 'consent') {
    await consent(provider, ctx, interaction)
  } else {
    throw new errors.SessionNotFound('the form does not belong to this step')
  }
}

async function login(provider: Provider, ctx: Context, interaction: Interaction): Promise<void> {
  const form = new URLSearchParams(await text(ctx.req))
  const name = form.get('login') ?? ''
  const user = findUser(name, form.get('password') ?? '')
  if (user) return finish(provider, ctx, { login: { accountId: user.login, amr: ['pwd'] } })
  ctx.status = 401
  ctx.body = await page(provider, interaction, { login: name, problem: 'The login or password is wrong.' })
}

async function consent(provider: Provider, ctx: Context, interaction: Interaction): Promise<void> {
  const form = new URLSearchParams(await text(ctx.req))
  if (form.get('decision') !== 'allow') return finish(provider, ctx, DENIED)
  const { missingOIDCScope, missingOIDCClaims } = interaction.prompt.details
  const existing = interaction.grantId && (await provider.Grant.find(interaction.grantId))
  const grant = existing || newGrant(provider, interaction)
  grant.addOIDCScope(strings(missingOIDCScope))
  grant.addOIDCClaims(strings(missingOIDCClaims))
  await finish(provider, ctx, { consent: { grantId: await grant.save() } })
}

async function finish(provider: Provider, ctx: Context, result: Result): Promise<void> {
  const mergeWithLastSubmission = 'consent' in result
  const returnTo = await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission })
  ctx.status = 303
  ctx.redirect(returnTo)
}

async function page(
  provider: Provider,
  interaction: Interaction,
  failed?: { login: string; problem: string },
): Promise<string> {
  const { prompt, session, uid } = interaction
  const { client_id, login_hint } = interaction.params
  const clientId = String(client_id)
  const client = (await provider.Client.find(clientId))?.clientName ?? clientId
  const action = `/interaction/${uid}/${prompt.name}`
  if (prompt.name === 'login') {
    return loginPage({ action, client, login: typeof login_hint === 'string' ? login_hint : '', ...failed })
  }
  const { missingOIDCScope } = prompt.details
  return consentPage({ action, client, user: session?.accountId ?? '', scopes: strings(missingOIDCScope) })
}

function newGrant(provider: Provider, interaction: Interaction) {
  const { client_id } = interaction.params
  return new provider.Grant({ accountId: interaction.session?.accountId, clientId: String(client_id) })
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}
