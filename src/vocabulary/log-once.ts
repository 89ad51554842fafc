/** Sentences that are remembered. None holds anything from a request, so there are few. */
const MOST = 100

/** Makes a log that says each sentence only once, for losses that would otherwise repeat with every sign-in or sign-out. */
export function logOnce(log: (sentence: string) => void): (sentence: string) => void {
  const said = new Set<string>()
  return sentence => {
    if (said.has(sentence) || said.size >= MOST) return
    said.add(sentence)
    log(sentence)
  }
}
