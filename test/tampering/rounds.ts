import { isLockstepError } from '../../src/base/errors.ts'
import type { Discovery } from '../../src/kube/client.ts'
import { formatRef, type KubeObject, type Manifest, toRef, toRefKey } from '../../src/kube/object.ts'
import { createTarget, Refused, type Target } from './actor.ts'
import { isImmutable, type Known } from './entitled.ts'
import { isDrifted, judgeFindings, judgeHealed, judgeKept, type Problem, type Told } from './oracle.ts'
import type { Random } from './random.ts'
import { restore } from './restore.ts'
import type { Tampering } from './tamperings/tampering.ts'
import { at } from './tree.ts'
import { findResource, type World } from './world.ts'

/** A problem with what led to it. */
export type Failure = Problem & { readonly round: number; readonly tamperings: readonly string[] }

/** What was tried so far. */
export type Tally = {
  tried: number
  refused: number
  readonly byKind: Map<string, { tried: number; refused: number }>
  readonly failures: Failure[]
}

/** The state that rounds go on from. */
export type Arena = {
  readonly world: World
  readonly discovery: Discovery
  /** Every object as it was after the first sync: what every healing must come back to. */
  readonly snapshot: ReadonlyMap<string, KubeObject>
  /** As last read. */
  live: ReadonlyMap<string, KubeObject>
  readonly tally: Tally
  readonly known: (key: string) => Known
}

/** Syncs, reads everything, and makes sure that nothing drifts before anybody did anything. */
export const openArena = async (world: World): Promise<Arena> => {
  const result = await world.sync()
  const failed = result.outcomes.filter(({ actuation }) => actuation === 'failed')
  if (failed.length > 0)
    throw new Error(`sync failed: ${failed.map(({ ref, error }) => `${formatRef(ref)}: ${error?.message}`).join('; ')}`)
  const snapshot = await world.read()
  const manifests = world.manifests()
  const scaled = new Set([...manifests.values()].flatMap(listScaled))
  const known = (key: string): Known => ({ manifest: manifests.get(key), isAutoscaled: scaled.has(key) })
  const tally: Tally = { tried: 0, refused: 0, byKind: new Map(), failures: [] }
  const arena: Arena = { world, discovery: await world.discover(), snapshot, live: snapshot, tally, known }
  const missing = [...manifests.keys()].filter((key) => !snapshot.has(key))
  if (missing.length > 0) throw new Error(`not there after a sync: ${missing.join(', ')}`)
  report(arena, 0, new Map(), judgeAll(arena, await world.read(), (await world.drift()).findings))
  return arena
}

const listScaled = (manifest: Manifest): string[] => {
  if (manifest.kind !== 'HorizontalPodAutoscaler') return []
  const target = at(manifest, '/spec/scaleTargetRef') as { kind: string; name: string }
  return [
    toRefKey({ group: 'apps', kind: target.kind, name: target.name, namespace: manifest.metadata.namespace as string }),
  ]
}

/** Something that was done. */
export type Named = Pick<Tampering, 'name' | 'expect'>

/** Which tamperings befall which object, in order. */
export type Deeds = ReadonlyMap<string, readonly Tampering[]>

/** One round: tamper with many objects, ask for drift, compare with the truth, heal, compare with the snapshot. */
export const playRound = async (arena: Arena, round: number, deeds: Deeds, random: Random): Promise<void> => {
  const { tally } = arena
  const done = new Map<string, Tampering[]>()
  const refused = new Set<string>()
  await Promise.all(
    [...deeds].map(async ([key, tamperings], index) => {
      const target = toTarget(arena, key)
      if (!target) return
      for (const tampering of tamperings) {
        const isDone = await tamper(target, tampering, random.fork(index), tally)
        // Part of what was refused may have been done.
        done.set(key, [...(done.get(key) ?? []), tampering])
        if (!isDone) refused.add(key)
      }
    }),
  )
  await examine(arena, round, done, refused)
}

/** Asks for drift and compares it with the truth, heals and compares with the snapshot, and leaves everything as it was. */
export const examine = async (
  arena: Arena,
  round: number,
  done: ReadonlyMap<string, readonly Named[]>,
  refused: ReadonlySet<string> = new Set(),
): Promise<void> => {
  const { world } = arena
  const times = [performance.now()]
  const { findings } = await world.drift()
  times.push(performance.now())
  const after = await world.read()
  times.push(performance.now())
  const problems = judgeAll(arena, after, findings)
  for (const [key, tamperings] of done) {
    const [only] = tamperings
    // The secret of a token lives and dies with its service account, whatever is done to itself.
    if (
      !only?.expect ||
      tamperings.length > 1 ||
      refused.has(key) ||
      arena.snapshot.get(key)?.type === 'kubernetes.io/service-account-token'
    )
      continue
    const truth = isDrifted({
      ...arena.known(key),
      before: arena.snapshot.get(key) as KubeObject,
      after: after.get(key),
    })
      ? 'drift'
      : 'silent'
    if (truth !== only.expect)
      problems.push({ type: 'failed', object: key, message: `the tampering is ${truth} and should be ${only.expect}` })
  }
  report(arena, round, done, problems)

  times.push(performance.now())
  const healed = await world.heal()
  times.push(performance.now())
  if (process.env.VERBOSE)
    console.log(
      `  drift, read, judge, heal: ${times
        .slice(1)
        .map((time, index) => Math.round(time - (times[index] ?? 0)))
        .join(', ')} ms`,
    )
  // Of an immutable field that differs, healing can only say so, for nothing is deleted unasked; the rest it heals.
  const immutable = new Set(
    healed.outcomes.filter(({ error }) => isLockstepError(error, 'APPLY_IMMUTABLE')).map(({ ref }) => toRefKey(ref)),
  )
  for (const { ref, error } of healed.outcomes.filter(
    ({ actuation, ref: failed }) => actuation === 'failed' && !immutable.has(toRefKey(failed)),
  ))
    report(arena, round, done, [
      { type: 'failed', object: toRefKey(ref), message: `healing failed: ${error?.message}` },
    ])
  const cured = await world.read()
  const outcomes = new Map(healed.outcomes.map((outcome) => [toRefKey(outcome.ref), outcome]))
  const unhealed = judgeEach(arena, cured, (readings) => judgeHealed(readings))
  const left = unhealed
    .filter(({ object, field = '' }) => {
      const live = cured.get(object)
      return !(live && immutable.has(object) && isImmutable(live, field))
    })
    .map((problem) => {
      const { action, actuation, skip } = outcomes.get(problem.object) ?? {}
      return { ...problem, message: `${problem.message} (${action} ${actuation} ${skip?.message ?? ''})` }
    })
  const kept = judgeEach(arena, after, (readings, key) => judgeKept(readings, cured.get(key)))
  report(arena, round, done, [...left, ...kept])
  const again = await world.drift()
  report(arena, round, done, judgeAll(arena, cured, again.findings))
  arena.live = cured
  await settle(arena, round, done)
}

/** Undoes by hand what healing only reports; then nothing at all may differ. */
const settle = async (arena: Arena, round: number, done: ReadonlyMap<string, readonly Named[]>): Promise<void> => {
  const { world } = arena
  for (let attempt = 0; attempt < 3; attempt++) {
    const left = judgeEach(arena, arena.live, (readings) => judgeHealed(readings, { strict: true }))
    if (left.length === 0) return
    if (attempt === 2) report(arena, round, done, left)
    const keys = new Set(left.map(({ object }) => object))
    await Promise.all(
      [...arena.snapshot]
        .filter(([, object]) => keys.has(toRefKey(toRef(object))))
        .map(async ([key, before]) => {
          const target = toTarget(arena, key)
          if (target) await restore(target, before, { force: attempt > 0 })
        }),
    )
    await world.heal()
    arena.live = await world.read()
  }
}

/** The hands for an object, as it was last read. */
export const toTarget = (arena: Arena, key: string): Target | undefined => {
  const live = arena.live.get(key)
  const { manifest } = arena.known(key)
  const resource = live && findResource(arena.discovery, toRef(live), live.apiVersion)
  return live && manifest && resource ? createTarget(manifest, live, resource, arena.world.send) : undefined
}

const tamper = async (target: Target, tampering: Tampering, random: Random, tally: Tally): Promise<boolean> => {
  const count = tally.byKind.get(tampering.name) ?? { tried: 0, refused: 0 }
  tally.byKind.set(tampering.name, count)
  try {
    await tampering.tamper(target, random)
    count.tried++
    tally.tried++
    return true
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (process.env.VERBOSE && error.status !== 404)
      console.log(`  refused: ${tampering.name} on ${target.live.kind}/${target.live.metadata.name}: ${error.message}`)
    count.refused++
    tally.refused++
    return false
  }
}

const judgeAll = (arena: Arena, after: ReadonlyMap<string, KubeObject>, findings: readonly Told[]): Problem[] => {
  const told = Map.groupBy(findings, ({ object }) => toRefKey(object))
  const strangers = [...told]
    .filter(([key]) => !arena.snapshot.has(key))
    .map(([key]): Problem => ({ type: 'falseAlarm', object: key, message: 'it is not ours' }))
  return [...strangers, ...judgeEach(arena, after, (readings, key) => judgeFindings(readings, told.get(key) ?? []))]
}

const judgeEach = (
  arena: Arena,
  after: ReadonlyMap<string, KubeObject>,
  judge: (readings: Parameters<typeof judgeHealed>[0], key: string) => Problem[],
): Problem[] =>
  [...arena.snapshot].flatMap(([key, before]) =>
    judge({ ...arena.known(key), before, after: after.get(key) }, key).map((problem) => ({ ...problem, object: key })),
  )

/** Notes and prints problems. */
export const report = (
  arena: Arena,
  round: number,
  done: ReadonlyMap<string, readonly Named[]>,
  problems: readonly Problem[],
): void => {
  for (const problem of problems) {
    const tamperings = (done.get(problem.object) ?? []).map(({ name }) => name)
    arena.tally.failures.push({ ...problem, round, tamperings })
    console.log(
      `${problem.type} in round ${round}: ${problem.object} ${problem.field ?? ''}: ${problem.message} [${tamperings.join('; then ')}]`,
    )
  }
}
