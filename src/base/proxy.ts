import { BlockList, isIP } from 'node:net'

type Environment = Readonly<Record<string, string | undefined>>

/** The proxy that the environment names for a URL, by the rules of curl; undefined for a direct connection. */
export const findProxy = (url: URL, env: Environment): string | undefined => {
  const proxy =
    url.protocol === 'https:' ? (env.https_proxy ?? env.HTTPS_PROXY ?? env.all_proxy ?? env.ALL_PROXY) : env.http_proxy
  if (!proxy) return undefined
  const excluded = (env.no_proxy ?? env.NO_PROXY ?? '').toLowerCase().split(/[\s,]+/)
  return excluded.some((entry) => isOf(entry, url)) ? undefined : proxy
}

/** Is the host of this machine? What runs here is behind no proxy. */
export const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)

/** `example.com` and `.example.com` stand for what is below, too; a port must be that of the URL; addresses may be `10.0.0.0/8`. */
const isOf = (entry: string, { hostname, port, protocol }: URL): boolean => {
  if (entry === '') return false
  if (entry === '*') return true
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '')
  const [, address = '', prefix] = /^\[?([^\]/]+)\]?(?:\/(\d+))?$/.exec(entry) ?? []
  if (isIP(address) > 0) return isIP(host) > 0 && isWithin(host, address, prefix)
  const [, name = '', wanted] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry) ?? []
  if (wanted !== undefined && wanted !== (port || (protocol === 'https:' ? '443' : '80'))) return false
  return name !== '' && (host === name || host.endsWith(`.${name}`))
}

const isWithin = (host: string, address: string, prefix: string | undefined): boolean => {
  const family = (text: string): 'ipv4' | 'ipv6' => (isIP(text) === 6 ? 'ipv6' : 'ipv4')
  const bits = Number(prefix ?? (isIP(address) === 6 ? 128 : 32))
  if (bits > (isIP(address) === 6 ? 128 : 32)) return false
  const list = new BlockList()
  list.addSubnet(address, bits, family(address))
  return list.check(host, family(host))
}
