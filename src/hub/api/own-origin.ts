/** Is an `Origin` header that of a URL? `null`, of pages in sandboxes, is nobody's. */
export const isOwnOrigin = (origin: string, url: string): boolean => {
  try {
    return new URL(origin).origin === new URL(url).origin && origin !== 'null'
  } catch {
    return false
  }
}
