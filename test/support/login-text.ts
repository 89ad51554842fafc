/** Where a login's text in a session has what. */
export const LOGIN_ROW = { id: 0, startedAt: 5, claims: 7, userInfo: 8, stepUps: 10, isOver: 11 } as const

/** What a login's text calls these claims. */
export const LETTERS = { sub: 'a', sid: 'b', iat: 'd' } as const

/** Changes what a login's text says: a digit for its layout, then JSON with the two kinds of quotation marks exchanged. */
export function changeRow(text: string, change: (row: unknown[]) => unknown): string {
  const row: unknown[] = JSON.parse(exchange(text.slice(1)))
  return text.charAt(0) + exchange(JSON.stringify(change(row)))
}

/** Puts another value into a login's text. */
export function changeValue(
  text: string,
  name: keyof typeof LOGIN_ROW,
  change: (value: unknown) => unknown,
): string {
  return changeRow(text, row => row.with(LOGIN_ROW[name], change(row[LOGIN_ROW[name]])))
}

const exchange = (text: string): string =>
  text.replaceAll('"', '\0').replaceAll("'", '"').replaceAll('\0', "'")
