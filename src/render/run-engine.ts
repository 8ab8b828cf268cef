import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isLockstepError, type SourcePosition } from '../base/errors.ts'
import { runCommand } from '../base/spawn.ts'
import type { Engine } from './engines.ts'
import { createRenderError } from './errors.ts'

const TIMEOUT_MS = 60_000
const GIB = 1024 ** 3
const MEMORY_BYTES = 2 * GIB
const MAX_REASON = 1_600
const OUTPUT_BYTES = 64 * 1024 * 1024

// Nothing listens there. Go's HTTP client takes a proxy from the environment: what an engine would fetch, it cannot.
const NO_NETWORK = 'http://127.0.0.1:9'

/**
 * Runs an engine shut in: no environment of ours, a home and work folder of its own that is gone afterwards, and limits of
 * time, memory and output, and no way out to the network. Its failure is `RENDER_FAILED` with what it said.
 */
export const runEngine = async (
  engine: Engine,
  what: string,
  prepare: (work: string) => Promise<readonly string[]>,
  options: { readonly signal?: AbortSignal },
): Promise<string> => {
  const work = await mkdtemp(join(tmpdir(), 'lockstep-render-'))
  try {
    const { stdout } = await runCommand(engine.file, await prepare(work), {
      cwd: work,
      env: {
        HOME: work,
        TMPDIR: work,
        HELM_CACHE_HOME: work,
        HELM_CONFIG_HOME: work,
        HELM_DATA_HOME: work,
        HELM_PLUGINS: join(work, 'none'),
        HTTP_PROXY: NO_NETWORK,
        HTTPS_PROXY: NO_NETWORK,
      },
      timeoutMs: TIMEOUT_MS,
      memoryBytes: MEMORY_BYTES,
      maxOutputBytes: OUTPUT_BYTES,
      ...options,
    })
    return stdout.toString()
  } catch (error) {
    if (options.signal?.aborted || !isLockstepError(error)) throw error
    const said = toReason(String(error.details.stderr || error.message).replaceAll(work, '.'))
    throw createRenderError('RENDER_FAILED', `${what} failed: ${said}`, {
      subject: what,
      ...readPosition(said),
      cause: error,
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** What an engine said, without advice on options that nobody can give it, and without Go's traces. */
const toReason = (stderr: string): string => {
  const [said = ''] = stderr.split(/\n\s*(?:Use --debug flag|runtime stack:|goroutine \d)/)
  if (/cannot allocate memory|out of memory/.test(said)) return `it used up its memory, ${MEMORY_BYTES / GIB} GiB`
  const reason = said.trim().replace(/^Error: /i, '')
  // Where a template calls itself without end, the same is said again and again; the reason is at the end.
  return reason.length > MAX_REASON
    ? `${reason.slice(0, MAX_REASON / 4)} … ${reason.slice((-MAX_REASON * 3) / 4)}`
    : reason
}

/** The last place that is named: Helm tells the way there, from the template that was called to the line that failed. */
const readPosition = (said: string): { position?: SourcePosition } => {
  const [, file, line, column] =
    [...said.matchAll(/([\w./+-]+\.(?:ya?ml|tpl|json|txt)):(\d+)(?::(\d+))?/g)].at(-1) ?? []
  if (file === undefined) return {}
  return { position: { file, line: Number(line), ...(column ? { column: Number(column) } : {}) } }
}
