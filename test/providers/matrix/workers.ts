/** How many processes run flows at a time. Each has its own providers: a Hydra in memory refuses concurrent writes. */
export const WORKERS = 2
