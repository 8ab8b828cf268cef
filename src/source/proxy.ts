/** The proxy that the environment names for a URL, by the rules of curl; undefined for a direct connection. */
export const findProxy = (url: URL, env: Readonly<Record<string, string | undefined>>): string | undefined => {
  const proxy =
    url.protocol === 'https:' ? (env.https_proxy ?? env.HTTPS_PROXY ?? env.all_proxy ?? env.ALL_PROXY) : env.http_proxy
  if (!proxy) return undefined
  const host = url.hostname.toLowerCase()
  const excluded = (env.no_proxy ?? env.NO_PROXY ?? '').toLowerCase().split(/[\s,]+/)
  const isExcluded = excluded.some((entry) => {
    const name = entry.replace(/:\d+$/, '').replace(/^\*?\./, '')
    return name === '*' || (name !== '' && (host === name || host.endsWith(`.${name}`)))
  })
  return isExcluded ? undefined : proxy
}
