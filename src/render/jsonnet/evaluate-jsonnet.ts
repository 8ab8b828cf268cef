import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
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
  /** Folders outside `root` that appear in it, by the name they have there. */
  readonly mounts?: Readonly<Record<string, string>>
  readonly tlas: Readonly<Record<string, unknown>>
  readonly extVars: Readonly<Record<string, unknown>>
}

const TIMEOUT_MS = 30_000
const MAX_FILES = 20_000
const MAX_BYTES = 64 * 1024 * 1024
// Comments may stand before the name; their length is limited to keep a search linear.
const IMPORT =
  /\bimport(?:str|bin)?(?:\s|\/\*(?:(?!\*\/)[\s\S]){0,500}\*\/|(?:\/\/|#).{0,500}\n)*@?(['"])((?:\\.|(?!\1)[^\\])*)\1/g

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
  const output = await runWorker(await compiled, request, program.entry, options)
  if (output === '') throw createExhausted(program.entry)
  const answer = JSON.parse(output) as { value?: unknown; error?: string }
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

/**
 * The program and all that it imports, however far, in base64. Imports are literals, so their text is found without
 * evaluating.
 */
const readImports = async ({ root, entry, libs, mounts = {} }: JsonnetProgram): Promise<Record<string, string>> => {
  const files = new Map<string, string>()
  const pending = [entry]
  let left = MAX_BYTES
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (files.has(path) || path.startsWith('..')) continue
    const [name = '', ...below] = path.split('/')
    const mount = Object.hasOwn(mounts, name) ? mounts[name] : undefined
    const file = await (mount === undefined ? findFile(root, path) : findFile(mount, below.join('/')))
    if (file === undefined) continue
    left -= file.size
    if (left < 0 || files.size === MAX_FILES)
      throw createFailed(entry, `it imports more than ${MAX_FILES} files or ${MAX_BYTES / 1024 / 1024} MiB`)
    const content = await readFile(file.path)
    files.set(path, content.toString('base64'))
    for (const [, , imported = ''] of content.toString().matchAll(IMPORT)) {
      for (const place of [posix.dirname(path), ...libs]) pending.push(posix.join(place, imported))
    }
  }
  return Object.fromEntries(files)
}

const findFile = async (root: string, path: string): Promise<{ path: string; size: number } | undefined> => {
  const real = await resolveBelow(root, path)
  if (real === undefined) return undefined
  const status = await stat(real)
  return status.isFile() ? { path: real, size: status.size } : undefined
}

const runWorker = (
  module: WebAssembly.Module,
  request: string,
  entry: string,
  { signal, timeoutMs = TIMEOUT_MS }: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
): Promise<string> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted()
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
    let isOver = false
    const finish = (settle: () => void): void => {
      // A worker that is ended while it starts fails for that: what ended it is what counts.
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      worker.terminate().then(settle, reject)
    }
    signal?.addEventListener('abort', abort)
    worker.once('message', (output: string) => finish(() => resolve(output)))
    worker.once('error', (error) => finish(() => reject(createExhausted(entry, error))))
  })

/** Out of memory and a stack that is too deep end the module itself: it traps, or ends without an answer. */
const createExhausted = (entry: string, cause?: Error): LockstepError =>
  new LockstepError('JSONNET_FAILED', `${entry} failed: the program used up its memory or stack`, {
    subject: entry,
    hint: 'look for data that grows or nests without end',
    cause,
  })

const createTimeout = (entry: string, timeoutMs: number): LockstepError =>
  new LockstepError('JSONNET_TIMEOUT', `${entry} did not end within ${timeoutMs / 1000} s`, {
    subject: entry,
    hint: 'look for a recursion that never ends',
  })

/** The first place in a file, not in the standard library or an argument, nor in the words of the program's own error. */
const PLACE = /(?:^(?!RUNTIME ERROR: )|\n\t)((?!<)[^\t\n]+?):\(?(\d+):(\d+)/

const createFailed = (entry: string, message: string): LockstepError => {
  const [, file, line, column] = PLACE.exec(message) ?? []
  return new LockstepError('JSONNET_FAILED', `${entry} failed: ${message.trim()}`, {
    subject: entry,
    ...(file ? { position: { file, line: Number(line), column: Number(column) } } : {}),
    ...(message.includes("couldn't open import") ? { hint: 'imports reach files of the repository only' } : {}),
  })
}
