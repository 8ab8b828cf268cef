import { createApiError } from '../../api/errors.ts'

/** A cursor: where a list goes on. Callers hand it back as it is. */
export const encodeCursor = (operation: string, after: string | number): string =>
  Buffer.from(JSON.stringify([operation, after])).toString('base64url')

/** Where a list goes on: `first` at its beginning. A cursor of another list is refused. */
export const decodeCursor = <Key extends string | number>(
  operation: string,
  cursor: string | undefined,
  first: Key,
): Key => {
  if (cursor === undefined) return first
  const [of, after] = parse(cursor)
  if (of === operation && typeof after === typeof first) return after as Key
  throw createApiError('REQUEST_INVALID', 'the cursor is not one of this list', {
    hint: 'give back `next` of the page before as it is, or begin without a cursor',
  })
}

const parse = (cursor: string): readonly unknown[] => {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

/** A page of at most `limit`, made from one more than that: that there is more is what the last one tells. */
export const toPage = <Item>(
  operation: string,
  found: readonly Item[],
  limit: number,
  keyOf: (item: Item) => string | number,
): { readonly items: readonly Item[]; readonly next?: string } => {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return found.length <= limit || last === undefined ? { items } : { items, next: encodeCursor(operation, keyOf(last)) }
}
