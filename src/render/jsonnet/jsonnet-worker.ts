// Runs the Jsonnet module in a thread of its own, so that a program that never ends can be stopped. The module sees a
// request as its standard input and nothing else of the world: no files, no environment, no arguments.
import { WASI } from 'node:wasi'
import { parentPort, workerData } from 'node:worker_threads'

type Work = { readonly module: WebAssembly.Module; readonly request: string }

const run = async ({ module, request }: Work): Promise<string> => {
  const wasi = new WASI({ version: 'preview1', args: ['jsonnet'], env: {}, preopens: {}, returnOnExit: true })
  const imports = wasi.getImportObject() as { wasi_snapshot_preview1: Record<string, (...args: number[]) => number> }
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
  const { fd_read: readOther, fd_write: writeOther } = calls as {
    fd_read: (...args: number[]) => number
    fd_write: (...args: number[]) => number
  }
  calls.fd_read = (file, vectors, count, total) =>
    file !== 0
      ? readOther(file as number, vectors as number, count as number, total as number)
      : transfer(vectors as number, count as number, total as number, (bytes) => {
          const copied = input.copy(bytes, 0, read)
          read += copied
          return copied
        })
  calls.fd_write = (file, vectors, count, total) =>
    file !== 1
      ? writeOther(file as number, vectors as number, count as number, total as number)
      : transfer(vectors as number, count as number, total as number, (bytes) => {
          output.push(Buffer.from(bytes))
          return bytes.length
        })
  const instance = await WebAssembly.instantiate(module, imports as unknown as WebAssembly.Imports)
  memory = instance.exports.memory as WebAssembly.Memory
  wasi.start(instance)
  return Buffer.concat(output).toString()
}

parentPort?.postMessage(await run(workerData as Work))
