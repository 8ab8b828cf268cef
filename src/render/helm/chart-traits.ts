import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** What a chart's templates make use of, told by their text. */
export type ChartTraits = {
  readonly isRandom: boolean
  readonly usesLookup: boolean
  readonly usesCapabilities: boolean
}

const RANDOM =
  /\b(rand(AlphaNum|Alpha|Numeric|Ascii|Bytes|Int)|gen(PrivateKey|CA|CAWithKey|SelfSignedCert|SelfSignedCertWithKey|SignedCert|SignedCertWithKey)|uuidv4|htpasswd|bcrypt|shuffle|now|encryptAES|derivePassword)\b/
const LOOKUP = /\(?\blookup\s+["(.$]/
const MAX_ARCHIVE = 64 * 1024 * 1024

/** Reads a chart's templates, in a folder or an archive, its dependencies included. */
export const readChartTraits = async (path: string): Promise<ChartTraits> => {
  const text = (await stat(path)).isDirectory()
    ? await readTemplates(path)
    : gunzipSync(await readFile(path), { maxOutputLength: MAX_ARCHIVE }).toString('latin1')
  // Inside template actions only: prose in values and notes may well say "now".
  const actions = [...text.matchAll(/\{\{[\s\S]*?\}\}/g)].map(([action]) => action).join('\n')
  return {
    isRandom: RANDOM.test(actions),
    usesLookup: LOOKUP.test(actions),
    usesCapabilities: actions.includes('.Capabilities'),
  }
}

const readTemplates = async (chart: string): Promise<string> => {
  const texts: string[] = []
  for (const entry of await readdir(chart, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || entry.name === 'NOTES.txt' || !path.includes('/templates/')) {
      if (entry.isFile() && entry.name.endsWith('.tgz'))
        texts.push(gunzipSync(await readFile(path), { maxOutputLength: MAX_ARCHIVE }).toString('latin1'))
      continue
    }
    texts.push(await readFile(path, 'utf8'))
  }
  return texts.join('\n')
}
