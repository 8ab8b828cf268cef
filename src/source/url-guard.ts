import { lookup as resolveHost } from 'node:dns/promises'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { createSourceError } from './errors.ts'

/** An address of a host. */
type HostAddress = { readonly address: string; readonly family: number }

/** Keeps outgoing connections off private networks. */
export type UrlGuard = {
  /** The addresses of a host, each of them allowed; else `SOURCE_ADDRESS_REFUSED`. */
  readonly resolve: (host: string) => Promise<readonly HostAddress[]>
  /** Refuses a host that is written as a forbidden address; names pass, they are checked when they are resolved. */
  readonly assertLiteral: (host: string) => void
  /** Plain HTTP is for hosts that the operator named, and for this machine. */
  readonly assertScheme: (url: URL) => void
  /** For sockets: resolves and checks in one step, so that an answer that changes in between does not matter. */
  readonly lookup: LookupFunction
}

/** How names become addresses; the system's way by default. */
export type ResolveHost = (host: string) => Promise<readonly HostAddress[]>

// Loopback, private, link-local, shared, benchmark, multicast and reserved ranges, and those that embed such addresses.
const PRIVATE_IPV4 = ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12']
PRIVATE_IPV4.push('192.0.0.0/24', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/4', '240.0.0.0/4')
const PRIVATE_IPV6 = ['::/127', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8', '64:ff9b::/96', '64:ff9b:1::/48']
PRIVATE_IPV6.push('2002::/16')
const LOOPBACK = createBlockList(['127.0.0.0/8', '::1/128'])
const PRIVATE = createBlockList([...PRIVATE_IPV4, ...PRIVATE_IPV6])

/** A guard that lets through what is public and what `allowPrivate` names: hosts, addresses, CIDR ranges, `*`. */
export const createUrlGuard = (
  allowPrivate: readonly string[] = [],
  resolveAll: ResolveHost = (host) => resolveHost(host, { all: true }),
): UrlGuard => {
  const ranges = createBlockList(allowPrivate.filter((entry) => isIP(entry.split('/')[0]!) !== 0))
  const names = new Set(allowPrivate.map((entry) => entry.toLowerCase()))
  const isNamed = (host: string): boolean => names.has('*') || names.has(host) || isInside(ranges, host)
  const isAllowed = (host: string, address: string): boolean =>
    isNamed(host) || isInside(ranges, address) || !isInside(PRIVATE, address)

  const resolve = async (written: string): Promise<readonly HostAddress[]> => {
    const host = normalizeHost(written)
    const family = isIP(host)
    const addresses = family === 0 ? await resolveAll(host) : [{ address: host, family }]
    const refused = addresses.find(({ address }) => !isAllowed(host, address))
    if (refused) throw toRefusedError(host, refused.address)
    return addresses
  }

  return {
    resolve,
    assertLiteral: (written) => {
      const host = normalizeHost(written)
      if (isIP(host) !== 0 && !isAllowed(host, host)) throw toRefusedError(host, host)
    },
    assertScheme: (url) => {
      const host = normalizeHost(url.hostname)
      if (url.protocol !== 'http:' || isNamed(host) || host === 'localhost' || isInside(LOOPBACK, host)) return
      throw createSourceError('SOURCE_URL_REFUSED', `${url.origin} is not encrypted`, {
        subject: url.origin,
        hint: 'use https, or let the operator allow this host',
      })
    },
    lookup: (host, options, callback) => {
      resolve(host).then(
        (addresses) => {
          const wanted = addresses.filter(({ family }) => !options.family || family === options.family)
          if (options.all) callback(null, [...wanted])
          else callback(null, wanted[0]?.address ?? '', wanted[0]?.family)
        },
        (error: NodeJS.ErrnoException) => callback(error, ''),
      )
    },
  }
}

function createBlockList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

const isInside = (list: BlockList, host: string): boolean => {
  const family = isIP(host)
  return family !== 0 && list.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

const normalizeHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')

const toRefusedError = (host: string, address: string) =>
  createSourceError(
    'SOURCE_ADDRESS_REFUSED',
    `${host} is not contacted: ${host === address ? 'it' : address} is in a private network`,
    { subject: host, hint: 'let the operator allow this host, if it is meant' },
  )
