import type { TokenSet } from '../protocol/authorization.ts'
import type { RelyingParty } from '../relying-party/relying-party.ts'
import type { Login } from './logins.ts'

/** The tokens of a login. They never enter the session: what a request reads there, it may write back later. */
export type Tokens = Omit<TokenSet, 'claims'>

const tokensKey = (loginId: string): string => `tokens:${loginId}`

/** Keeps the tokens of a login for as long as it can last. */
export async function writeTokens(
  { settings }: RelyingParty,
  { id }: Pick<Login, 'id'>,
  tokenSet: TokenSet,
): Promise<void> {
  const { claims: _, ...tokens } = tokenSet
  await settings.store.set(tokensKey(id), JSON.stringify(tokens), { ttl: settings.absoluteLifetime })
}

/** Reads the tokens of a login, or `undefined` if the store no longer has them. */
export async function readTokens({ settings }: RelyingParty, login: Login): Promise<Tokens | undefined> {
  const stored = await settings.store.get(tokensKey(login.id))
  return stored && (JSON.parse(stored.value) as Tokens)
}

/** Reads the tokens of a login for the last time. */
export async function takeTokens(rp: RelyingParty, login: Login): Promise<Tokens | undefined> {
  const tokens = await readTokens(rp, login)
  await deleteTokens(rp, login.id)
  return tokens
}

/** Forgets the tokens of a login. */
export async function deleteTokens({ settings }: RelyingParty, loginId: string): Promise<void> {
  await settings.store.delete(tokensKey(loginId))
}
