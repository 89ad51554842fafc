/**
 * Seconds by which two clocks may differ: this machine's and the provider's, or those of two replicas. `openid-client`
 * allows the same for the claims that it checks. Only logout tokens are given more; see `logout-token.ts`.
 */
export const CLOCK_TOLERANCE = 30
