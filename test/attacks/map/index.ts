import type { Attack, Attacks } from '../../support/attacks/attack.ts'
import { authorization } from './authorization.ts'
import { boundTokens } from './bound-tokens.ts'
import { browserSide } from './browser-side.ts'
import { callback } from './callback.ts'
import { discovery } from './discovery.ts'
import { errors } from './errors.ts'
import { guards } from './guards.ts'
import { idToken } from './id-token.ts'
import { idTokenHeader } from './id-token-header.ts'
import { keys } from './keys.ts'
import { logout } from './logout.ts'
import { logoutTokens } from './logout-tokens.ts'
import { profiles } from './profiles.ts'
import { providerLogout } from './provider-logout.ts'
import { redirects } from './redirects.ts'
import { registration } from './registration.ts'
import { resources } from './resources.ts'
import { sessions } from './sessions.ts'
import { tokenKinds } from './token-kinds.ts'
import { userInfo } from './user-info.ts'

const sections: readonly Attacks[] = [
  discovery,
  registration,
  authorization,
  browserSide,
  callback,
  idTokenHeader,
  idToken,
  tokenKinds,
  userInfo,
  keys,
  sessions,
  redirects,
  logout,
  logoutTokens,
  providerLogout,
  guards,
  errors,
  resources,
  boundTokens,
  profiles,
]

/** Every known attack. */
export const attacks: readonly (readonly [id: string, attack: Attack])[] = sections.flatMap(section =>
  Object.entries(section),
)
