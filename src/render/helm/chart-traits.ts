import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { createRenderError } from '../errors.ts'

/** What a chart makes use of, told by its text: of its templates, and of the values that these may take for templates. */
export type ChartTraits = {
  readonly isRandom: boolean
  readonly usesLookup: boolean
  /** Also where it says which versions of Kubernetes it is for. */
  readonly usesCapabilities: boolean
}

const RANDOM =
  /\b(rand(AlphaNum|Alpha|Numeric|Ascii|Bytes|Int)|gen(PrivateKey|CA|CAWithKey|SelfSignedCert|SelfSignedCertWithKey|SignedCert|SignedCertWithKey)|uuidv4|htpasswd|bcrypt|shuffle|now|encryptAES|derivePassword)\b/
const LOOKUP = /\(?\blookup\s+["(.$]/
const MAX_BYTES = 128 * 1024 * 1024
const ARCHIVE = /\/charts\/[^/]+\.tgz$/
/** For people: prose may well say "now". */
const PROSE = /(^|\/)(NOTES\.txt|[^/]*\.md)$/

/** Reads a chart in a folder or an archive (or a folder with charts in it), dependencies included, and its users' values. */
export const readChartTraits = async (path: string, values: readonly string[] = []): Promise<ChartTraits> => {
  const texts = [...values]
  let left = MAX_BYTES
  const add = async (name: string, content: Buffer): Promise<void> => {
    left -= content.length
    if (left < 0)
      throw createRenderError('RENDER_FAILED', `chart ${path} is too large once unpacked`, { subject: path })
    if (ARCHIVE.test(name)) await readArchive(content, add)
    else if (!PROSE.test(name)) texts.push(content.toString('latin1'))
  }
  if ((await stat(path)).isDirectory()) {
    for (const entry of await readdir(path, { withFileTypes: true, recursive: true })) {
      const file = join(entry.parentPath, entry.name)
      if (entry.isFile()) await add(file, await readFile(file))
    }
  } else await readArchive(await readFile(path), add)
  return toTraits(texts.join('\n'))
}

const toTraits = (text: string): ChartTraits => {
  const actions = [...text.matchAll(/\{\{[\s\S]*?\}\}/g)].map(([action]) => action).join('\n')
  return {
    isRandom: RANDOM.test(actions),
    usesLookup: LOOKUP.test(actions),
    usesCapabilities: actions.includes('Capabilities') || /^kubeVersion:/m.test(text),
  }
}

const readArchive = async (archive: Buffer, add: (name: string, content: Buffer) => Promise<void>): Promise<void> => {
  const entries = extract()
  const read = async (): Promise<void> => {
    for await (const entry of entries) {
      const chunks: Buffer[] = []
      for await (const chunk of entry) chunks.push(chunk as Buffer)
      await add(entry.header.name, Buffer.concat(chunks))
    }
  }
  await Promise.all([pipeline(Readable.from([archive]), createGunzip(), entries), read()])
}
