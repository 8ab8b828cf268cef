import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'

/** A gzipped tar archive of files; a value that is a header stands for an entry without content. */
export const packArchive = async (
  files: Readonly<Record<string, string | Buffer | Partial<Header>>>,
): Promise<Buffer> => {
  const archive = pack()
  for (const [name, content] of Object.entries(files)) {
    if (typeof content === 'string' || Buffer.isBuffer(content)) archive.entry({ name }, content)
    else archive.entry({ name, ...content })
  }
  archive.finalize()
  return gzipSync(await buffer(archive))
}

/** A chart as `helm package` makes it. */
export const packChart = (name: string, version: string): Promise<Buffer> =>
  packArchive({
    [`${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
    [`${name}/templates/map.yaml`]: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n',
  })

/** SHA-256 as hex digits. */
export const computeSha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex')
