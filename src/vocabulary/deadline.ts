/** Waits for work so long and no longer, then rejects with what `late` makes. The work itself goes on. */
export async function inTime<Result>(
  work: Promise<Result>,
  milliseconds: number,
  late: () => Error,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds)
  })
  return await Promise.race([work, timeout]).finally(() => clearTimeout(timer))
}
