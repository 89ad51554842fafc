export { type RedisClient, type RedisStoreOptions, redisStore } from './stores/redis-store.ts'
