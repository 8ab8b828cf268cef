import { computeBackoff } from '../base/backoff.ts'
import type { Finding } from '../drift/report.ts'
import { toRefKey } from '../kube/object.ts'

/** Somebody who writes the same again, each time we undo it. */
export type Fight = {
  readonly finding: Finding
  /** How often it was undone within the window. */
  readonly heals: number
  /** How long it is left alone now. */
  readonly waitMs: number
}

/** What was undone lately. */
export type Fights = {
  /** What a pass is about to undo, or undid; gives those that are fights now. */
  readonly note: (findings: readonly Finding[], now: Date) => readonly Fight[]
  /** How long an object, by its key, is still to be left alone: 0 for most. */
  readonly waitMs: (key: string, now: Date) => number
  /** The keys of objects that are left alone now. */
  readonly listQuiet: (now: Date) => ReadonlySet<string>
}

/** So often is undone at once: people who try twice, and a program that starts over, are no fight. */
const PATIENCE = 5
const WINDOW_MS = 120_000
const FORGET_MS = 900_000
const BACKOFF = { initialMs: 5_000, maxMs: 600_000 }

/**
 * Recognises two writers at one field: the same one undone more than five times in two minutes. From then on the object is
 * left alone for longer and longer, until nobody wrote it for a quarter of an hour.
 */
export const createFights = (random: () => number): Fights => {
  const undone = new Map<string, { times: number[]; rounds: number }>()
  const quietUntil = new Map<string, number>()
  return {
    note: (findings, now) => {
      const at = now.getTime()
      return findings.flatMap((finding): Fight[] => {
        const object = toRefKey(finding.object)
        const key = `${object} ${finding.field ?? ''} ${finding.drift} ${finding.manager ?? ''}`
        const before = undone.get(key)
        const isForgotten = before === undefined || at - (before.times.at(-1) as number) > FORGET_MS
        const state = isForgotten ? { times: [], rounds: 0 } : before
        state.times = [...state.times.filter((time) => at - time < WINDOW_MS), at]
        undone.set(key, state)
        if (state.rounds === 0 && state.times.length <= PATIENCE) return []
        const waitMs = computeBackoff(state.rounds++, random, BACKOFF)
        quietUntil.set(object, Math.max(quietUntil.get(object) ?? 0, at + waitMs))
        return [{ finding, heals: state.times.length, waitMs }]
      })
    },
    waitMs: (key, now) => Math.max(0, (quietUntil.get(key) ?? 0) - now.getTime()),
    listQuiet: (now) => {
      for (const [key, until] of quietUntil) if (until <= now.getTime()) quietUntil.delete(key)
      return new Set(quietUntil.keys())
    },
  }
}
