import type { RelyingPartyOptions } from 'express-oidc-rp'
import { redisStore } from 'express-oidc-rp/redis'
import { redis } from './src/redis.ts'

const { BACKCHANNEL_LOGOUT_URI } = process.env

/** The app and `npx express-oidc-rp` read the same options: these, and the environment for the rest. */
export const options: RelyingPartyOptions = {
  name: 'cluster',
  store: redisStore(redis),
  ...(BACKCHANNEL_LOGOUT_URI && { backchannelLogoutUri: BACKCHANNEL_LOGOUT_URI }),
}

export async function close(): Promise<void> {
  await redis.close()
}
