import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** How a program ran. */
export type CommandResult = {
  readonly millis: number
  /** The most memory that the process itself held at a time, as Linux tells. */
  readonly peakBytes: number
  /** Processor time of the process and its children, to some 20 ms: what is left of the wall time is waiting. */
  readonly cpuMillis: number
  readonly code: number
  readonly stdout: string
}

const SAMPLE_MS = 20

/** Runs a program to its end; it fails the bench where the exit code is not one of `expect`. */
export const runCommand = async (
  file: string,
  args: readonly string[],
  { expect = [0], cwd, env = process.env }: { expect?: readonly number[]; cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> => {
  const started = performance.now()
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], ...(cwd === undefined ? {} : { cwd }) })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  let peakBytes = 0
  let cpuMillis = 0
  const sampling = setInterval(() => {
    peakBytes = Math.max(peakBytes, readPeak(child.pid))
    cpuMillis = Math.max(cpuMillis, readCpu(child.pid))
  }, SAMPLE_MS)
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (exitCode) => resolve(exitCode ?? -1))
    })
    const millis = performance.now() - started
    if (!expect.includes(code)) {
      throw new Error(
        `${file} ${args.join(' ')} ended with ${code}:\n${(output.stderr || output.stdout).slice(0, 4_000)}`,
      )
    }
    return { millis, peakBytes, cpuMillis, code, stdout: output.stdout }
  } finally {
    clearInterval(sampling)
  }
}

const readPeak = (pid: number | undefined): number => {
  const [, kilobytes = 0] = /^VmHWM:\s+(\d+) kB/m.exec(readProc(pid, 'status')) ?? []
  return Number(kilobytes) * 1_024
}

/** The kernel counts in hundredths of a second: user and system time, its own and of the children that ended. */
export const readCpu = (pid: number | undefined): number => {
  const stat = readProc(pid, 'stat')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0)
}

const readProc = (pid: number | undefined, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    // It ended just now, or this is not Linux.
    return ''
  }
}
