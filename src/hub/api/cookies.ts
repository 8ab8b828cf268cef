/** `__Host-`: over HTTPS, browsers take it from this host alone, for all of it. */
const SECURE_PREFIX = '__Host-'

/** What is put into a browser. */
export type Cookie = {
  readonly name: string
  readonly value: string
  /** 0 takes it away. */
  readonly maxAgeS: number
  readonly isSecure: boolean
}

/** No script reads it, and other sites send it with links alone. */
export const formatCookie = ({ name, value, maxAgeS, isSecure }: Cookie): string =>
  [
    `${isSecure ? SECURE_PREFIX : ''}${name}=${value}`,
    'Path=/',
    `Max-Age=${maxAgeS}`,
    'HttpOnly',
    'SameSite=Lax',
    ...(isSecure ? ['Secure'] : []),
  ].join('; ')

/** The values that a `cookie` header has for a name, those that came over HTTPS first. */
export const readCookies = (header: string | undefined, name: string): string[] => {
  const pairs = header?.split(';').map((part) => part.trim()) ?? []
  return [`${SECURE_PREFIX}${name}=`, `${name}=`].flatMap((start) =>
    pairs.filter((pair) => pair.startsWith(start)).map((pair) => pair.slice(start.length)),
  )
}
