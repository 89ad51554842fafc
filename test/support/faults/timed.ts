/** Milliseconds after which nobody waits for an answer any longer. */
const TIMEOUT = 30_000

/** Waits for an answer, and measures how long it takes. `undefined` if it does not come. */
export async function timed<Answer>(
  work: Promise<Answer>,
): Promise<[answer: Answer | undefined, milliseconds: number]> {
  const begun = performance.now()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(resolve, TIMEOUT, undefined)
  })
  try {
    const answer = await Promise.race([work.catch(() => undefined), late])
    return [answer, performance.now() - begun]
  } finally {
    clearTimeout(timer)
  }
}
