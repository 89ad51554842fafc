/** Waits for work at most this many milliseconds, then rejects with the error from `late`. The work itself continues. */
export function inTime<Result>(
  work: Promise<Result>,
  milliseconds: number,
  late: () => Error = () => new Error(`no answer within ${milliseconds / 1_000} s`),
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), milliseconds)
    work.then(
      result => {
        clearTimeout(timer)
        resolve(result)
      },
      error => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
