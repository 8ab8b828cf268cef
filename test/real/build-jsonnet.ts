import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'

const ENGINE = join(import.meta.dirname, '../../src/render/jsonnet/engine')
/** 1 GiB in pages of 64 KiB: what a program may use at most. */
const MAX_PAGES = 16_384

/** Builds the Jsonnet module with the Go on the PATH. The digest is of the uncompressed module. */
export const buildJsonnet = async (): Promise<{ compressed: Buffer; digest: string }> => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-jsonnet-'))
  try {
    const file = join(folder, 'jsonnet.wasm')
    await promisify(execFile)('go', ['build', '-trimpath', '-ldflags', '-s -w -buildid=', '-o', file, '.'], {
      cwd: ENGINE,
      env: {
        ...process.env,
        GOOS: 'wasip1',
        GOARCH: 'wasm',
        CGO_ENABLED: '0',
        // Without the commit at hand, which Go would write into the module.
        GOFLAGS: '-mod=readonly -buildvcs=false',
        GOTOOLCHAIN: 'local',
      },
    })
    const module = limitMemory(await readFile(file))
    return { compressed: gzipSync(module, { level: 9 }), digest: createHash('sha256').update(module).digest('hex') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Gives the memory of a module a maximum: Go's linker sets none, and the engine that runs it takes no other limit. */
const limitMemory = (module: Buffer): Buffer => {
  for (let at = 8; at < module.length; ) {
    const id = module[at]
    const size = readLeb(module, at + 1)
    const end = size.next + size.value
    if (id === 5) {
      const count = readLeb(module, size.next)
      const minimum = readLeb(module, count.next + 1)
      if (count.value !== 1 || module[count.next] !== 0)
        throw new Error('The memory section is not what Go wrote before: look again')
      const body = Buffer.concat([Buffer.from([1, 1]), writeLeb(minimum.value), writeLeb(MAX_PAGES)])
      return Buffer.concat([
        module.subarray(0, at),
        Buffer.from([5]),
        writeLeb(body.length),
        body,
        module.subarray(end),
      ])
    }
    at = end
  }
  throw new Error('The module has no memory section')
}

const readLeb = (bytes: Buffer, start: number): { value: number; next: number } => {
  let value = 0
  for (let at = start, shift = 0; ; at++, shift += 7) {
    const byte = bytes[at] as number
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return { value, next: at + 1 }
  }
}

const writeLeb = (value: number): Buffer => {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest])
    bytes.push((rest & 0x7f) | 0x80)
  }
}
