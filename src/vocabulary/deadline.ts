/** Waits for work at most this many milliseconds, then rejects with the error from `late`. The work itself continues. */
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
