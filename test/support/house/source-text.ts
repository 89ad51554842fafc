/** A source file without what a reader of code skips. */
export interface SourceText {
  /** The code. Comments are gone; each string is `"#n"`, each regular expression `/ /`. */
  readonly code: string
  /** What the strings hold, by number. */
  readonly strings: readonly string[]
  /** What the comments say. */
  readonly comments: string
}

const openers = /^(\/\/[^\n]*|\/\*[\s\S]*?\*\/)|^(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")/
const regularExpression = /^\/(?![*/])(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/
const textOfTemplate = /^(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/

/** Whether a slash that comes after this code begins a regular expression: nothing is there that could be divided. */
const expectsValue = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|void|throw|await|yield))\s*$/

/** Separates code from comments and strings, well enough for the rules of this repository. */
export function readSource(source: string): SourceText {
  const strings: string[] = []
  const comments: string[] = []
  let code = ''
  let rest = source
  /** For each template that is open, how many braces are open in its current expression. */
  const templates: number[] = []

  const keep = (text: string): void => {
    code += `"#${strings.length}"`
    strings.push(text)
  }
  const skip = (length: number): void => {
    rest = rest.slice(length)
  }
  const readTemplateText = (): void => {
    const [text = ''] = textOfTemplate.exec(rest) ?? []
    keep(text)
    skip(text.length)
    if (rest.startsWith('${')) {
      templates.push(0)
      code += ' + '
      skip(2)
    } else {
      skip(1)
    }
  }

  while (rest !== '') {
    const opened = openers.exec(rest)
    const mayBePattern = rest.startsWith('/') && expectsValue.test(code.trimEnd().slice(-12))
    const [pattern] = (mayBePattern && regularExpression.exec(rest)) || []
    const depth = templates.at(-1)
    if (opened) {
      if (opened[1] === undefined) keep(opened[2] ?? opened[3] ?? '')
      else comments.push(opened[1])
      skip(opened[0].length)
    } else if (pattern !== undefined) {
      code += '/ /'
      skip(pattern.length)
    } else if (rest.startsWith('`')) {
      skip(1)
      readTemplateText()
    } else if (depth === 0 && rest.startsWith('}')) {
      templates.pop()
      code += ' + '
      skip(1)
      readTemplateText()
    } else {
      const [letter = ''] = rest
      if (depth !== undefined && letter === '{') templates[templates.length - 1] = depth + 1
      if (depth !== undefined && letter === '}') templates[templates.length - 1] = depth - 1
      code += letter
      skip(letter.length)
    }
  }
  return { code, strings, comments: comments.join('\n') }
}

/** What a file imports, exports again, or adds declarations to. */
export function importsOf({ code, strings }: SourceText): string[] {
  const found = code.matchAll(/(?:\bfrom|\bimport|\bmodule|\b(?:import|require)\s*\()\s*"#(\d+)"/g)
  return [...found].map(([, index]) => strings[Number(index)] ?? '')
}
