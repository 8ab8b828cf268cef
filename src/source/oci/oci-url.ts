import { createSourceError } from '../errors.ts'

/** A repository of a registry. */
export type OciRepository = { readonly registry: URL; readonly name: string }

const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/
const DOCKER_HUB = new Set(['docker.io', 'index.docker.io'])

/** Takes `oci://host/path` apart. Only registries on this machine are spoken to without encryption. */
export const parseOciUrl = (text: string): OciRepository => {
  const [, host = '', name = ''] = /^oci:\/\/([^/@?#]+)\/([^?#@:]+?)\/*$/.exec(text) ?? []
  const origin = `${LOOPBACK.test(host) ? 'http' : 'https'}://${DOCKER_HUB.has(host) ? 'registry-1.docker.io' : host}`
  if (URL.canParse(origin) && NAME.test(name)) return { registry: new URL(origin), name }
  throw createSourceError('SOURCE_URL_REFUSED', `"${text}" is not a place in an OCI registry`, {
    subject: text,
    hint: 'write oci://host/path, the path in small letters',
  })
}

/** The tag of a version: tags cannot hold the `+` of build metadata. */
export const toTag = (version: string): string => version.replaceAll('+', '_')

/** The version that a tag stands for. */
export const fromTag = (tag: string): string => tag.replaceAll('_', '+')
