import type { Person, Stage } from './stage.ts'

type End = (stage: Stage, person: Person) => Promise<unknown>

/** Each way in which the second replica ends a login, and what it answers. */
export const endings: readonly (readonly [string, unknown, End])[] = [
  ['a logout token with sid', 200, (stage, { sid }) => stage.logOut({ sid: sid() })],
  ['a logout token with sub', 200, (stage, { sub }) => stage.logOut({ sub })],
  [
    'the front-channel page',
    200,
    async ({ two, provider }, { sid }) => {
      const query = new URLSearchParams({ iss: provider.issuer, sid: sid() }).toString()
      return (await fetch(`${two.url}/frontchannel-logout?${query}`)).status
    },
  ],
  [
    'a sign-out in the same browser',
    303,
    async ({ two }, { browser }) => (await browser.post(`${two.url}/logout`, {}, { follow: false })).status,
  ],
  [
    'a sign-out everywhere',
    '1',
    async ({ two }, { sub }) => (await fetch(`${two.url}/end-all/${sub}`, { method: 'POST' })).text(),
  ],
]
