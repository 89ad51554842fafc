import { hash } from 'node:crypto'
import type { Settings } from '../../relying-party/options/settings.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { Login } from './login.ts'

/** Milliseconds after its callback in which a login still counts as the answer to the request before. */
const PROMPT = 20_000
const MOST = 5

/**
 * Adds a step-up to those that led to this login, if it came back from them just now.
 *
 * @throws {@link OidcError} `ERR_OIDC_STEP_UP_FAILED` if this one is among them: asked for again, it would fail
 * again, and the browser would go in circles.
 */
export function continueStepUps(
  { since }: Pick<Settings, 'since'>,
  login: Login | undefined,
  parameters: Readonly<Record<string, string>>,
): readonly string[] {
  const query = new URLSearchParams(parameters)
  query.sort()
  const wanted = hash('sha256', query.toString(), 'base64url') // the parameters themselves may be too long for a cookie
  const tried = login && Date.now() - since(login.startedAt) < PROMPT ? login.stepUps : []
  if (tried.includes(wanted) || tried.length >= MOST) throw new OidcError('ERR_OIDC_STEP_UP_FAILED')
  return [...tried, wanted]
}
