import * as client from 'openid-client'
import { cleanWords } from '../../vocabulary/clean-words.ts'
import { wordsMember } from '../metadata/quirks.ts'
import { responseOf } from './failure-reason.ts'
import { readJson } from './json-response.ts'

/**
 * The error of a server that wants another nonce in the proof (RFC 9449 §8). `openid-client` tries again once; a second one of
 * these says nothing about the client or its tokens.
 */
export const nonceWanted = 'use_dpop_nonce'

/** What a provider says about a request that failed, cleaned. */
export interface ProviderWords {
  readonly error?: string | undefined
  readonly description?: string | undefined
}

const LONGEST_ERROR = 64

/** The provider's `error` and `error_description`, which `openid-client` leaves unread beside a challenge or for a 5xx. */
export async function readWords(error: unknown, sent: readonly string[]): Promise<ProviderWords> {
  const response = responseOf(error)
  const isUnread = !(error instanceof client.ResponseBodyError) && response && !response.bodyUsed
  const body = isUnread ? await readJson(response) : undefined
  const [challenge] = error instanceof client.WWWAuthenticateChallengeError ? error.cause : []
  const said =
    error instanceof client.ResponseBodyError ? error : body?.['error'] ? body : (challenge?.parameters ?? {})
  return {
    error: cleanWords(said.error, sent, LONGEST_ERROR),
    description: cleanWords(said.error_description ?? body?.[wordsMember], sent),
  }
}
