import { spawn } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** One line that a hub wrote, with the time at which it was read. */
export type HubLine = {
  readonly at: number
  readonly level: string
  readonly message: string
  readonly [field: string]: unknown
}

/** A hub that runs as a process of its own. Disposing of it ends it in order. */
export type HubProcess = AsyncDisposable & {
  readonly pid: number
  readonly lines: readonly HubLine[]
  /** `http://127.0.0.1:…`, once it listens. */
  readonly url: () => string
  /** The first line that there is, or comes, after the given number of lines. */
  readonly waitFor: (
    matches: (line: HubLine) => boolean,
    options?: { after?: number; timeoutMs?: number },
  ) => Promise<HubLine>
  /** Kills it in its tracks. */
  readonly kill: () => Promise<void>
  /** Bytes of memory that it holds, as Linux tells. */
  readonly residentBytes: () => number
}

const BIN = join(import.meta.dirname, '..', 'bin', 'lockstep.mjs')

/** Starts `lockstep hub` with these arguments, listening where there is room. */
export const startHubProcess = async (
  args: readonly string[],
  { bin = BIN, env = process.env }: { readonly bin?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<HubProcess> => {
  const child = spawn(process.execPath, [bin, 'hub', '--log-format', 'json', '--listen', '127.0.0.1:0', ...args], {
    env,
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  const lines: HubLine[] = []
  const rest: string[] = []
  const waiting = new Set<() => void>()
  let isClosed = false
  createInterface({ input: child.stderr }).on('line', (text) => {
    const at = Date.now()
    if (process.env.HUB_LOG) appendFileSync(process.env.HUB_LOG, `${text}\n`)
    try {
      lines.push({ ...JSON.parse(text), at })
    } catch {
      rest.push(text)
    }
    for (const look of waiting) look()
  })
  const closed = new Promise<void>((resolve) => {
    child.on('close', () => {
      isClosed = true
      for (const look of waiting) look()
      resolve()
    })
  })
  const waitFor: HubProcess['waitFor'] = (matches, { after = 0, timeoutMs = 60_000 } = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<HubLine>()
    let next = after
    const look = (): void => {
      for (; next < lines.length; next++) {
        const line = lines[next] as HubLine
        if (!matches(line)) continue
        resolve(line)
        return
      }
      if (isClosed)
        reject(
          new Error(`the hub ended: ${[...rest, ...lines.slice(-5).map((line) => JSON.stringify(line))].join('\n')}`),
        )
    }
    const timer = setTimeout(() => {
      const tail = lines.slice(-10).map((line) => JSON.stringify(line))
      reject(
        new Error(`the hub did not say so within ${timeoutMs} ms; its last words:\n${[...rest, ...tail].join('\n')}`),
      )
    }, timeoutMs)
    waiting.add(look)
    look()
    return promise.finally(() => {
      clearTimeout(timer)
      waiting.delete(look)
    })
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await closed
  }
  const up = await waitFor(({ message }) => message === 'the hub is up')
  return {
    pid: child.pid as number,
    lines,
    url: () => String(up.address),
    waitFor,
    kill: () => end('SIGKILL'),
    residentBytes: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024,
    [Symbol.asyncDispose]: () => end('SIGTERM'),
  }
}
