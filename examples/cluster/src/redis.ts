import { createClient } from 'redis'

const { REDIS_URL = 'redis://127.0.0.1:6379' } = process.env

/** One connection for both sessions and the relying party. Commands fail at once while Redis is down. */
export const redis = createClient({ url: REDIS_URL, disableOfflineQueue: true })

redis.on('error', (error: Error) => console.error(`Redis: ${error.message}`))

await redis.connect()
