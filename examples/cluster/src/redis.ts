import { createClient } from 'redis'

const { REDIS_URL = 'redis://127.0.0.1:6379' } = process.env

/** One connection for both sessions and the relying party. Commands fail at once while Redis is down, and soon if it is silent. */
export const redis = createClient({
  url: REDIS_URL,
  disableOfflineQueue: true,
  pingInterval: 2_000,
  socket: { socketTimeout: 5_000, reconnectStrategy: retries => Math.min(retries * 50, 2_000) },
})

redis.on('error', (error: Error) => console.error(`Redis: ${error.message}`))

await redis.connect()
