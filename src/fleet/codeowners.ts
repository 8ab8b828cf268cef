/** Where a CODEOWNERS file may be; the first that is there counts. */
export const CODEOWNERS_FILES = ['CODEOWNERS', '.github/CODEOWNERS', '.gitlab/CODEOWNERS', 'docs/CODEOWNERS'] as const

/** The owners of a path as one text, by the last line of a CODEOWNERS file that matches; undefined where none does or it names nobody. */
export const findOwner = (codeowners: string, path: string): string | undefined => {
  const target = path.replace(/^\.?\//, '')
  const match = codeowners
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    // GitLab's section headings, `[Section]` and `^[Section]`, hold no pattern.
    .filter((line) => line !== '' && !/^\^?\[/.test(line))
    .map((line) => line.split(/(?<!\\)\s+/))
    .findLast(([pattern]) => matchesPattern(pattern!, target))
  const owners = match?.slice(1).join(' ')
  return owners === '' ? undefined : owners
}

/** Patterns as .gitignore has them: anchored where a slash is in them, else at any depth; a folder means all below it, and is itself the path of a component. */
const matchesPattern = (pattern: string, path: string): boolean => {
  const plain = pattern.replace(/\\(.)/g, '$1')
  const anchored = plain.replace(/\/$/, '').includes('/')
  const body = plain
    .replace(/^\//, '')
    .replace(/\/$/, '')
    .split('/')
    .map((segment) => (segment === '**' ? '**' : toSegmentPattern(segment)))
    .join('/')
    .replace(/\*\*\//g, '(?:[^/]+/)*')
    .replace(/\/\*\*$/, '/.+')
    .replace(/^\*\*$/, '.*')
  // `docs/*` means the files in docs, not what is in folders below it.
  const below = plain.endsWith('/*') ? '' : '(?:/.*)?'
  return new RegExp(`^${anchored ? '' : '(?:[^/]+/)*'}${body}${below}$`).test(path)
}

const toSegmentPattern = (segment: string): string =>
  segment
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '[^/]*')
    .replace(/\?/g, '[^/]')
