/** A browser as far as a login needs one: it keeps cookies by host, and follows redirects. */
export type Browser = {
  readonly go: (
    url: string,
    options?: { readonly until?: (location: string) => boolean; readonly init?: RequestInit },
  ) => Promise<{ readonly url: string; readonly status: number; readonly body: string; readonly headers: Headers }>
  readonly cookies: Map<string, string>
}

export const createBrowser = (): Browser => {
  const cookies = new Map<string, string>()
  const keep = (url: URL, headers: Headers): void => {
    for (const line of headers.getSetCookie()) {
      const [, name, value, rest = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(line) as RegExpExecArray
      const key = `${url.host} ${name}`
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(rest)) cookies.delete(key)
      else cookies.set(key, value as string)
    }
  }
  return {
    cookies,
    go: async (start, { until, init } = {}) => {
      let url = new URL(start)
      for (let hops = 0; hops < 15; hops++) {
        const sent = [...cookies].filter(([key]) => key.startsWith(`${url.host} `))
        const cookie = sent.map(([key, value]) => `${key.split(' ')[1]}=${value}`).join('; ')
        const response = await fetch(url, {
          ...init,
          redirect: 'manual',
          headers: { ...(init?.headers as Record<string, string>), ...(cookie === '' ? {} : { cookie }) },
        })
        keep(url, response.headers)
        const location = response.headers.get('location')
        const body = await response.text()
        if (location === null || until?.(location))
          return { url: location ?? url.href, status: response.status, body, headers: response.headers }
        url = new URL(location, url)
      }
      throw new Error(`${start} redirects without end`)
    },
  }
}
