// Runs the Jsonnet module in a thread of its own, so that a program that never ends can be stopped. The module sees a
// request as its standard input and nothing else of the world: no files, no environment, no arguments.
import { WASI } from 'node:wasi'
import { parentPort, workerData } from 'node:worker_threads'

const STDIN = 0
const STDOUT = 1
/** EBADF in WASI. */
const BAD_FILE = 8

type Call = (file: number, vectors: number, count: number, total: number) => number
type Work = { readonly module: WebAssembly.Module; readonly request: string }

const run = async ({ module, request }: Work): Promise<string> => {
  const wasi = new WASI({ version: 'preview1', args: ['jsonnet'], env: {}, preopens: {}, returnOnExit: true })
  const imports = wasi.getImportObject() as { wasi_snapshot_preview1: Record<string, Call> }
  const calls = imports.wasi_snapshot_preview1
  const input = Buffer.from(request)
  const output: Buffer[] = []
  let read = 0
  let memory: WebAssembly.Memory | undefined
  // Vectors of (pointer, length) in the module's memory, as readv and writev have them.
  const transfer = (vectors: number, count: number, total: number, move: (bytes: Buffer) => number): number => {
    const buffer = (memory as WebAssembly.Memory).buffer
    const view = new DataView(buffer)
    let moved = 0
    for (let at = 0; at < count; at++) {
      moved += move(
        Buffer.from(buffer, view.getUint32(vectors + at * 8, true), view.getUint32(vectors + at * 8 + 4, true)),
      )
    }
    view.setUint32(total, moved, true)
    return 0
  }
  calls.fd_read = (file, vectors, count, total) =>
    file !== STDIN
      ? BAD_FILE
      : transfer(vectors, count, total, (bytes) => {
          const copied = input.copy(bytes, 0, read)
          read += copied
          return copied
        })
  // Standard error is dropped: traces of the engine's own end, which would be written over the user's terminal.
  calls.fd_write = (file, vectors, count, total) =>
    transfer(vectors, count, total, (bytes) => {
      if (file === STDOUT) output.push(Buffer.from(bytes))
      return bytes.length
    })
  const instance = await WebAssembly.instantiate(module, imports as unknown as WebAssembly.Imports)
  memory = instance.exports.memory as WebAssembly.Memory
  wasi.start(instance)
  return Buffer.concat(output).toString()
}

parentPort?.postMessage(await run(workerData as Work))
