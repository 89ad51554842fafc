/** Waits for work at most so many milliseconds, then rejects with what `late` makes. The work itself goes on. */
export async function inTime<Result>(
  work: Promise<Result>,
  milliseconds: number,
  late: () => Error = () => new Error(`no answer within ${milliseconds / 1_000} s`),
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds)
  })
  return await Promise.race([work, timeout]).finally(() => clearTimeout(timer))
}
