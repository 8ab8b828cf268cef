/** `__Host-`: over HTTPS, browsers take it from this host alone, for all of it. */
const SECURE_PREFIX = '__Host-'
const SESSION = 'lockstep_session'

/** Under which names a session comes. */
export const SESSION_COOKIES = [`${SECURE_PREFIX}${SESSION}`, SESSION] as const

/** The value of a cookie in a `cookie` header. */
export const readCookie = (header: string | undefined, name: string): string | undefined =>
  header
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1)
