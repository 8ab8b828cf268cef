import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { Worker } from 'node:worker_threads'
import { gunzipSync } from 'node:zlib'
import { resolveBelow } from '../../base/disk-tree.ts'
import { LockstepError } from '../../base/errors.ts'
import { ENGINE_DIGEST } from './engine-digest.ts'

/** A program to be evaluated. Paths are relative to `root`, and nothing outside it can be imported. */
export type JsonnetProgram = {
  readonly root: string
  readonly entry: string
  /** Folders that imports are looked for in, besides the importing file's own. */
  readonly libs: readonly string[]
  readonly tlas: Readonly<Record<string, unknown>>
  readonly extVars: Readonly<Record<string, unknown>>
}

const TIMEOUT_MS = 30_000
const MAX_FILES = 20_000
const MAX_BYTES = 64 * 1024 * 1024
const IMPORT = /\bimport(?:str|bin)?\s*(?:\|\|\||@?(['"])((?:\\.|(?!\1)[^\\])*)\1)/g

let compiled: Promise<WebAssembly.Module> | undefined

/** What a program evaluates to. `JSONNET_FAILED` carries its message with file, line and column; `JSONNET_TIMEOUT`. */
export const evaluateJsonnet = async (
  program: JsonnetProgram,
  options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
): Promise<unknown> => {
  const request = JSON.stringify({
    entry: program.entry,
    files: await readImports(program),
    libs: program.libs,
    tlaCode: toCode(program.tlas),
    extCode: toCode(program.extVars),
  })
  compiled ??= compileEngine()
  const answer = JSON.parse(await runWorker(await compiled, request, program.entry, options)) as {
    value?: unknown
    error?: string
  }
  if (answer.error !== undefined) throw createFailed(program.entry, answer.error)
  return answer.value
}

const toCode = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]))

const compileEngine = async (): Promise<WebAssembly.Module> => {
  const bytes = gunzipSync(await readFile(new URL('./jsonnet.wasm.gz', import.meta.url)))
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (digest !== ENGINE_DIGEST)
    throw new LockstepError('JSONNET_FAILED', 'the bundled Jsonnet engine is damaged', {
      hint: 'install Lockstep again',
    })
  return WebAssembly.compile(bytes)
}

/** The program and all that it imports, however far: imports are literals, so their text is found without evaluating. */
const readImports = async ({ root, entry, libs }: JsonnetProgram): Promise<Record<string, string>> => {
  const files: Record<string, string> = {}
  const pending = [entry]
  let bytes = 0
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (path in files || path.startsWith('..')) continue
    const text = await readText(root, path)
    if (text === undefined) continue
    files[path] = text
    bytes += text.length
    if (bytes > MAX_BYTES || Object.keys(files).length > MAX_FILES)
      throw createFailed(entry, `it imports more than ${MAX_BYTES / 1024 / 1024} MiB`)
    for (const [, , imported = ''] of text.matchAll(IMPORT)) {
      for (const place of [posix.dirname(path), ...libs]) pending.push(posix.join(place, imported))
    }
  }
  return files
}

const readText = async (root: string, path: string): Promise<string | undefined> => {
  const file = await resolveBelow(root, path)
  if (file === undefined) return undefined
  const isFolder = await readdir(file).then(
    () => true,
    () => false,
  )
  return isFolder ? undefined : readFile(file, 'utf8')
}

const runWorker = (
  module: WebAssembly.Module,
  request: string,
  entry: string,
  { signal, timeoutMs = TIMEOUT_MS }: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
): Promise<string> =>
  new Promise((resolve, reject) => {
    // The same module in a checkout and in the package, where it is JavaScript.
    const file = new URL(
      import.meta.url.endsWith('.ts') ? './jsonnet-worker.ts' : './jsonnet-worker.js',
      import.meta.url,
    )
    const worker = new Worker(file, {
      workerData: { module, request },
      env: {},
      execArgv: ['--no-warnings'],
      stderr: true,
    })
    const timer = setTimeout(() => finish(() => reject(createTimeout(entry, timeoutMs))), timeoutMs)
    const abort = (): void => finish(() => reject(signal?.reason))
    const finish = (settle: () => void): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      worker.terminate().then(settle, reject)
    }
    signal?.addEventListener('abort', abort)
    worker.once('message', (output: string) => finish(() => resolve(output)))
    // Out of memory and a stack that is too deep end the module itself.
    worker.once('error', (error) =>
      finish(() => reject(createFailed(entry, `the program used up its memory or stack (${error.message})`))),
    )
  })

const createTimeout = (entry: string, timeoutMs: number): LockstepError =>
  new LockstepError('JSONNET_TIMEOUT', `${entry} did not end within ${timeoutMs / 1000} s`, {
    subject: entry,
    hint: 'look for a recursion that never ends',
  })

const createFailed = (entry: string, message: string): LockstepError => {
  const [, file, line, column] = /(?:^|\s)([^\s:()]+):\(?(\d+):(\d+)/m.exec(message) ?? []
  return new LockstepError('JSONNET_FAILED', `${entry} failed: ${message.trim()}`, {
    subject: entry,
    ...(file ? { position: { file, line: Number(line), column: Number(column) } } : {}),
  })
}
