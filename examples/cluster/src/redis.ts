import { createClient } from 'redis'

const { REDIS_URL = 'redis://127.0.0.1:6379' } = process.env

/** One connection for sessions and for what the relying party keeps. While Redis is away, it fails at once. */
export const redis = createClient({ url: REDIS_URL, disableOfflineQueue: true })

redis.on('error', (error: Error) => console.error(`Redis: ${error.message}`))

await redis.connect()
