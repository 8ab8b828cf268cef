import { createSourceError } from '../errors.ts'

/** The address of a Git repository, taken apart. */
export type GitUrl = {
  readonly scheme: 'https' | 'http' | 'ssh' | 'file'
  /** As git is given it. */
  readonly text: string
  /** For people: without user and password. */
  readonly display: string
  /** Absent for files. */
  readonly host?: string
  readonly port?: number
}

const SCP_LIKE = /^([A-Za-z0-9_][\w.+-]*)@([A-Za-z0-9][\w.-]*):(?!\/\/)([^\s]+)$/
const HINT = 'write https://…, ssh://…, file://… or git@host:path'
const DEFAULT_PORTS = { https: 443, http: 80, ssh: 22 }

/** Does it look like the URL of a repository, and not like a folder? */
export const isGitUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(text) || SCP_LIKE.test(text)

/**
 * Takes the URL of a Git repository apart: https, http, ssh, file, or `user@host:path`. Everything else is refused, and
 * so is what git or ssh would read as an option.
 */
export const parseGitUrl = (text: string): GitUrl => {
  const scp = SCP_LIKE.exec(text)
  if (scp) return parseScpLike(text, scp[2]!, scp[3]!)
  const url = parseUrl(text)
  const scheme = url?.protocol.slice(0, -1)
  if (!url || (scheme !== 'https' && scheme !== 'http' && scheme !== 'ssh' && scheme !== 'file')) {
    throw refuse(text, 'is not the URL of a Git repository')
  }
  if (scheme === 'file') {
    if (url.hostname !== '') throw refuse(text, 'names a host for a file')
    return { scheme, text, display: text }
  }
  const { hostname: host, username, password, port, pathname } = url
  const leads = [host, decodeURIComponent(username), decodeURIComponent(pathname).slice(1)]
  if (leads.some((part) => part.startsWith('-'))) throw refuse(text, 'looks like an option')
  if (password !== '') {
    throw createSourceError('SOURCE_URL_REFUSED', `the URL of ${host} holds a password`, {
      subject: host,
      hint: 'keep it out of Git: use credentials: {env: …} or a credential helper',
    })
  }
  if (host === '' || pathname.length < 2) throw refuse(text, 'names no repository')
  const display = `${scheme}://${scheme === 'ssh' && username ? `${username}@` : ''}${url.host}${pathname}`
  return { scheme, text, display, host, port: port === '' ? DEFAULT_PORTS[scheme] : Number(port) }
}

const parseScpLike = (text: string, host: string, path: string): GitUrl => {
  if (path.startsWith('-')) throw refuse(text, 'looks like an option')
  return { scheme: 'ssh', text, display: text, host, port: DEFAULT_PORTS.ssh }
}

const parseUrl = (text: string): URL | undefined =>
  /[\s\\]/.test(text) || hasControl(text) || !URL.canParse(text) ? undefined : new URL(text)

const hasControl = (text: string): boolean => [...text].some((character) => character.charCodeAt(0) < 0x20)

const refuse = (text: string, reason: string) =>
  createSourceError('SOURCE_URL_REFUSED', `"${text}" ${reason}`, { subject: text, hint: HINT })
