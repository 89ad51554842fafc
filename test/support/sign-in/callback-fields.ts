import type { RelyingPartyOptions } from '../../../src/index.ts'
import { formOf } from '../browser/browser-form.ts'
import type { Browser, Page } from '../browser.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'

/** What Apple posts at the first consent only (ory/kratos b86338d, selfservice/strategy/oidc/provider_apple.go). */
export const appleUser = '{"name":{"firstName":"Ann","lastName":"Lee"},"email":"x@privaterelay.appleid.test"}'

/** Makes the provider send these fields with its next response, and with no other. */
export function sendOnce(provider: ScriptedProvider, fields: Readonly<Record<string, string>>): void {
  let rest = fields
  provider.authorizationResponse = usual => {
    const sent = { ...usual, ...rest }
    rest = {}
    return sent
  }
}

/** What the hooks of an app were given. */
export interface Given {
  readonly hook: string
  readonly fields: Readonly<Record<string, string>>
}

/** Options of an app that posts its responses, and keeps what its hooks were given. */
export function watchFields(
  given: Given[],
  more: Partial<RelyingPartyOptions> = {},
): { readonly relyingParty: RelyingPartyOptions } {
  const keep = (hook: string, fields: Given['fields']): number => given.push({ hook, fields })
  const relyingParty = {
    responseMode: 'form_post',
    callbackFields: ['user'],
    acceptLogin: ({ unsignedFields }) => keep('acceptLogin', unsignedFields) > 0,
    onLogin: ({ unsignedFields }) => keep('onLogin', unsignedFields),
    onLogout: ({ unsignedFields }) => keep('onLogout', unsignedFields),
    ...more,
  } as RelyingPartyOptions
  return { relyingParty }
}

/** Opens a page of the app and goes on until no form posts itself any more. */
export async function submitAll(browser: Browser, url: string): Promise<Page> {
  let page = await browser.open(url)
  while (page.text.includes('<form') && formOf(page).action.endsWith('/callback'))
    page = await browser.submit(page)
  return page
}
