/** Names that other libraries use for an option. */
const otherNames: Readonly<Record<string, string>> = {
  issuerBaseURL: 'issuer',
  authority: 'issuer',
  domain: 'issuer',
  appBaseUrl: 'baseUrl',
  publicUrl: 'baseUrl',
  clientID: 'client.clientId',
  clientId: 'client.clientId',
  clientSecret: 'client.clientSecret',
  authorizationParams: 'authorizationParameters',
}

/** Suggests the option that was probably meant by an unknown name. */
export function suggest(name: string, known: readonly string[], prefix: string): string {
  const nearest = known.map(option => ({
    option,
    distance: editDistance(name.toLowerCase(), option.toLowerCase()),
  }))
  const best = nearest.sort((a, b) => a.distance - b.distance)[0]
  const meant = otherNames[name] ?? (best && best.distance <= 3 ? prefix + best.option : undefined)
  return meant
    ? `. Did you mean options.${meant}?`
    : `. The options are ${known.map(option => prefix + option).join(', ')}`
}

/** The Levenshtein distance: how many characters to insert, delete or replace. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [line, letter] of from.split('').entries()) {
    const next = [line + 1]
    for (const [column, other] of to.split('').entries()) {
      const change = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min((next[column] ?? 0) + 1, (row[column + 1] ?? 0) + 1, change))
    }
    row = next
  }
  return row[to.length] ?? 0
}
