import type { NamedTests } from '../attacks/attack.ts'

/** The tests that do not stand in their files, each in words. `read` gives the text of a file below `test/`. */
export function missingTests(tests: NamedTests, read: (file: string) => string): string[] {
  return Object.entries(tests).flatMap(([file, titles]) => {
    const text = read(file).replaceAll("\\'", "'")
    return titles
      .filter(title => !title.split(' > ').every(part => text.includes(part)))
      .map(title => `test/${file} has no "${title}"`)
  })
}
