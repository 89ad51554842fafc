/** What is taken out of a source file: `text`, which occurs there once, becomes `by`. */
export interface Removal {
  /** The file, from the root of the repository. A check that a dependency makes for us may be below `node_modules/`. */
  readonly file: string
  readonly text: string
  readonly by: string
}

/** A line, or a part of one, that is taken out of a file, or replaced. */
export function line(file: string, text: string, by = ''): Removal {
  return { file, text, by }
}

/**
 * Tests by their file below `test/`: parts of their titles, such as the label of a row, that stand in the file. Several parts
 * of one title are joined by ` > `.
 */
export type NamedTests = Readonly<Record<string, readonly string[]>>

/** A defense: without it, each of the tests fails. */
export interface Proof {
  /** All of them at once, where a second check stands behind the first. */
  readonly without: readonly Removal[]
  readonly fail: NamedTests
}

/** An attack that tests try, or one that does not apply. */
export type Attack =
  | {
      /** The attack, in one line. */
      readonly what: string
      /** What lists of attacks ask for and this library does otherwise on purpose, and why. */
      readonly differs?: string
      readonly proofs: readonly Proof[]
    }
  | {
      readonly what: string
      /** A heading of `docs/security.md`, and the sentence below it that says why the attack does not apply. */
      readonly doesNotApply: { readonly heading: string; readonly sentence: string }
    }

export type Attacks = Readonly<Record<`T-${number}`, Attack>>
