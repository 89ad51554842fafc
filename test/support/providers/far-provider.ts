import type { RelyingPartyOptions } from '../../../src/index.ts'

const FAR = 'https://op.example'

/**
 * Options with which an app takes a provider of the test for one on another machine, to which limits apply that a provider on this
 * machine does not have. The browser is not sent there: it is enough for sign-ins that never return.
 */
export function farProvider(issuer: string): Pick<RelyingPartyOptions, 'issuer' | 'fetch' | 'metadata'> {
  return {
    issuer: FAR,
    metadata: { token_endpoint_auth_method: 'client_secret_basic' }, // an assertion would name the wrong address
    async fetch(url, init) {
      const { href } = new URL(url instanceof Request ? url.url : url)
      const response = await fetch(href.replace(FAR, issuer), init)
      if (!response.headers.get('content-type')?.includes('json')) return response
      const text = (await response.text()).replaceAll(issuer, FAR)
      return new Response(text, { status: response.status, headers: { 'content-type': 'application/json' } })
    },
  }
}
