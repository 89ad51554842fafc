import type { RelyingPartyOptions } from 'express-oidc-rp'
import { redisStore } from 'express-oidc-rp/redis'
import { redis } from './src/redis.ts'

const { BACKCHANNEL_LOGOUT_URI } = process.env

/** Options for both the app and `npx express-oidc-rp`. The rest comes from the environment. */
export const options: RelyingPartyOptions = {
  name: 'cluster',
  store: redisStore(redis),
  ...(BACKCHANNEL_LOGOUT_URI && { metadata: { backchannel_logout_uri: BACKCHANNEL_LOGOUT_URI } }),
}

export async function close(): Promise<void> {
  await redis.close()
}
