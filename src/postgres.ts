export { type PostgresPool, type PostgresStoreOptions, postgresStore } from './stores/postgres-store.ts'
