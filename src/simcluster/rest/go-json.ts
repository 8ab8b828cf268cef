import { quoteGo } from './go-quote.ts'

/** What Go says of a text that is no JSON; undefined where it is. */
export const describeJsonError = (text: string): string | undefined => {
  const scanner = createScanner(text)
  try {
    scanner.readValue('beginning of value')
    scanner.readEnd()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Paths of keys that stand twice in one object, as the server names them: `spec.containers[0].name`. */
export const listDuplicateKeys = (text: string): readonly string[] => {
  const found: string[] = []
  createScanner(text, (path) => found.push(path)).readValue('beginning of value')
  return [...new Set(found)]
}

const createScanner = (text: string, onDuplicate?: (path: string) => void) => {
  let at = 0
  /** Of the value that is read. */
  let path = ''
  const fail = (where: string): never => {
    const character = text[at]
    if (character === undefined) throw new Error('unexpected end of JSON input')
    throw new Error(`invalid character ${quote(character)} ${where}`)
  }
  const skip = (): void => {
    while (/[ \t\r\n]/.test(text[at] ?? '')) at++
  }
  const readWord = (word: string): void => {
    for (let index = 0; index < word.length; index++, at++)
      if (text[at] !== word[index]) fail(`in literal ${word} (expecting ${quote(word[index] as string)})`)
  }
  const readText = (): void => {
    at++
    while (text[at] !== '"') {
      const character = text[at]
      if (character === undefined || character < ' ') fail('in string literal')
      if (character === '\\') {
        at++
        if (text[at] === 'u') {
          for (let digits = 0; digits < 4; digits++)
            if (!/[0-9a-fA-F]/.test(text[++at] ?? '')) fail('in \\u hexadecimal character escape')
        } else if (!/["\\/bfnrt]/.test(text[at] ?? '')) fail('in string escape code')
      }
      at++
    }
    at++
  }
  const readDigits = (where: string): void => {
    if (!/\d/.test(text[at] ?? '')) fail(where)
    while (/\d/.test(text[at] ?? '')) at++
  }
  const readNumber = (): void => {
    if (text[at] === '-') at++
    if (text[at] === '0') at++
    else readDigits('in numeric literal')
    if (text[at] === '.') {
      at++
      readDigits('after decimal point in numeric literal')
    }
    if (/[eE]/.test(text[at] ?? '')) {
      at++
      if (/[+-]/.test(text[at] ?? '')) at++
      readDigits('in exponent of numeric literal')
    }
  }
  const readMembers = (close: string, readMember: () => void, after: string): void => {
    at++
    skip()
    if (text[at] === close) {
      at++
      return
    }
    for (;;) {
      readMember()
      skip()
      if (text[at] === close) {
        at++
        return
      }
      if (text[at] !== ',') fail(after)
      at++
      skip()
    }
  }
  const readObject = (): void => {
    const outer = path
    const keys = new Set<string>()
    const readPair = (): void => {
      if (text[at] !== '"') fail('looking for beginning of object key string')
      const start = at
      readText()
      const key = onDuplicate ? (JSON.parse(text.slice(start, at)) as string) : ''
      path = outer === '' ? key : `${outer}.${key}`
      if (keys.has(key)) onDuplicate?.(path)
      keys.add(key)
      skip()
      if (text[at] !== ':') fail('after object key')
      at++
      readValue('beginning of value')
    }
    readMembers('}', readPair, 'after object key:value pair')
    path = outer
  }
  const readArray = (what: string): void => {
    const outer = path
    let index = 0
    const readItem = (): void => {
      path = `${outer}[${index++}]`
      readValue(what)
    }
    readMembers(']', readItem, 'after array element')
    path = outer
  }
  const readValue = (what: string): void => {
    skip()
    const character = text[at] ?? ''
    if (character === '{') readObject()
    else if (character === '[') readArray(what)
    else if (character === '"') readText()
    else if (character === 't') readWord('true')
    else if (character === 'f') readWord('false')
    else if (character === 'n') readWord('null')
    else if (/[-\d]/.test(character)) readNumber()
    else fail(`looking for ${what}`)
  }
  const readEnd = (): void => {
    skip()
    if (at < text.length) fail('after top-level value')
  }
  return { readValue, readEnd }
}

const quote = (character: string): string => {
  if (character === "'") return `'\\''`
  if (character === '"') return `'"'`
  return `'${quoteGo(character).slice(1, -1)}'`
}
