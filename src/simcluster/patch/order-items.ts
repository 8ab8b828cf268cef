import { isDeepStrictEqual } from 'node:util'

/**
 * Merged items in the order that the patch gives, those that only the server has where they were between them as far as
 * that goes. Pure.
 */
export const orderItems = (
  merged: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] => {
  const indexIn = (list: readonly unknown[], item: unknown): number =>
    list.findIndex((one) =>
      mergeKey === undefined ? isDeepStrictEqual(one, item) : getKey(one, mergeKey) === getKey(item, mergeKey),
    )
  const sorted = (items: readonly unknown[], order: readonly unknown[]): unknown[] =>
    items.toSorted((left, right) => {
      const [at, other] = [indexIn(order, left), indexIn(order, right)]
      return at < 0 || other < 0 ? 0 : at - other
    })
  const isPatched = (item: unknown): boolean => indexIn(patchOrder, item) >= 0
  const patched = sorted(merged.filter(isPatched), patchOrder)
  const serverOnly = sorted(
    merged.filter((item) => !isPatched(item)),
    serverOrder,
  )
  const all: unknown[] = []
  for (let left = 0, right = 0; left < serverOnly.length || right < patched.length; ) {
    const [at, other] = [indexIn(serverOrder, serverOnly[left]), indexIn(serverOrder, patched[right])]
    const isServerFirst = right >= patched.length || (left < serverOnly.length && at >= 0 && other >= 0 && at < other)
    all.push(isServerFirst ? serverOnly[left++] : patched[right++])
  }
  return all
}

const getKey = (item: unknown, key: string): unknown => (item as Record<string, unknown> | null)?.[key]
