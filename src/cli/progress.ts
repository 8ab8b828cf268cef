import type { ReconcileEvent } from '../enforce/events.ts'
import { formatRef } from '../kube/object.ts'
import { cutMiddle, formatCount, formatSome, padText, toPrintable } from './report/text.ts'
import type { Output } from './world.ts'

/** Tells on the error stream how far it has come. */
export type Progress = {
  readonly emit: (event: ReconcileEvent) => void
  /** Removes what is only of the moment. */
  readonly close: () => void
}

const FRAME_MS = 80

/**
 * On a terminal one line a cluster, updated in place; otherwise plain lines, or none where `quiet`. More clusters than
 * lines are counted.
 */
export const createProgress = (
  output: Output,
  clusters: readonly string[],
  options: { readonly quiet?: boolean } = {},
): Progress => {
  const lines = createClusterLines(clusters)
  if (!output.isTerminal) {
    return {
      emit: (event) => {
        const text = lines.update(event)
        if (text !== undefined && !options.quiet && event.type !== 'objectDone' && event.type !== 'observed')
          output.write(`${event.cluster}: ${text}\n`)
      },
      close: () => undefined,
    }
  }
  return createLiveLines(output, lines)
}

const createLiveLines = (output: Output, lines: ClusterLines): Progress => {
  let drawn = 0
  let timer: NodeJS.Timeout | undefined
  const erase = (): string => (drawn > 0 ? `\u001b[${drawn}A\u001b[0J` : '')
  const draw = (): void => {
    timer = undefined
    const shown = lines.format(output.width - 1, Math.max(1, output.height - 2))
    output.write(`${erase()}${shown.map((line) => `${line}\n`).join('')}`)
    drawn = shown.length
  }
  return {
    emit: (event) => {
      if (lines.update(event) !== undefined) timer ??= setTimeout(draw, FRAME_MS).unref()
    },
    close: () => {
      clearTimeout(timer)
      output.write(erase())
      drawn = 0
    },
  }
}

type ClusterLines = {
  /** The cluster's new line; undefined where it stays as it was. */
  readonly update: (event: ReconcileEvent) => string | undefined
  readonly format: (width: number, height: number) => string[]
}

type Line = { done: number; total: number; text: string }

const createClusterLines = (clusters: readonly string[]): ClusterLines => {
  const states = new Map<string, Line>()
  const nameWidth = Math.min(30, Math.max(0, ...clusters.map((name) => name.length)))
  return {
    update: (event) => {
      const line = states.get(event.cluster) ?? { done: 0, total: 0, text: '' }
      const text = toText(event, line)
      if (text === undefined) return undefined
      states.set(event.cluster, { ...line, text })
      return text === line.text ? undefined : text
    },
    format: (width, height) => {
      const all = [...states].map(([name, { text }]) =>
        cutMiddle(`${padText(cutMiddle(name, nameWidth), nameWidth)}  ${toPrintable(text)}`, width),
      )
      return all.length <= height
        ? all
        : [...all.slice(-(height - 1)), `and ${all.length - height + 1} more of ${clusters.length} clusters`]
    },
  }
}

const toText = (event: ReconcileEvent, line: Line): string | undefined => {
  switch (event.type) {
    case 'observed':
      return `looked at ${formatCount(event.objects, 'object')}`
    case 'found':
    case 'fight':
    case 'bypassed':
      return undefined
    case 'planned':
      line.total = event.create + event.configure + event.delete
      return `${event.create} to create, ${event.configure} to configure, ${event.delete} to delete`
    case 'locked':
      return `waits for ${event.holder}, who is writing to it`
    case 'recovered':
      return `recovered the inventory of ${formatCount(event.objects, 'object')}`
    case 'objectDone': {
      const { action, actuation, ref, error } = event.outcome
      if (actuation === 'failed') return `${formatRef(ref)} failed: ${error?.message ?? ''}`
      if (action === 'unchanged' || action === 'skip') return undefined
      line.done++
      return `${line.done} of ${line.total}: ${formatRef(ref)}`
    }
    case 'waiting':
      return event.pending.length === 0
        ? undefined
        : `component ${event.component} waits for ${formatSome(event.pending.map(formatRef), 3)}`
    case 'hookFailed':
      return `component ${event.component}: ${event.error.message}`
    case 'componentDone':
      return `component ${event.component} ${event.ready ? 'is ready' : 'is not ready'}`
    default:
      return event satisfies never
  }
}
