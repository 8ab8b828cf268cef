import { parseArgs } from 'node:util'
import { systemClock } from '../../src/base/system-clock.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { installAdmission, removeAdmission } from './admission.ts'
import { readComponents } from './components.ts'
import { createRandom, type Random } from './random.ts'
import { resetWorld } from './reset.ts'
import { type Arena, type Deeds, openArena, playRound } from './rounds.ts'
import { SCENARIOS } from './scenarios.ts'
import { ADMITTED_TAMPERINGS } from './tamperings/admitted.ts'
import type { Tampering } from './tamperings/tampering.ts'
import { TAMPERINGS } from './tamperings.ts'
import { openWorld } from './world.ts'

/** Choices of a run. Equal seeds give equal runs. */
export type RunOptions = {
  readonly kubeconfig: string
  readonly seed: number
  /** Rounds at most; a sweep ends by itself when every kind was tried on every object. */
  readonly rounds: number
  /** Words that the names of the tamperings hold. */
  readonly kinds?: readonly string[]
  readonly components?: readonly string[]
  /** Play the scenarios of whole clusters instead of sweeping. */
  readonly scenarios?: boolean
  /** Of how many objects in a round one befalls a sequence; 5 by default. Many sequences make fewer rounds. */
  readonly sequences?: number
  /** Whether the cluster asks webhooks and policies; else what needs them is left out. It does by default. */
  readonly admission?: boolean
  /** End with the first problem. */
  readonly bail?: boolean
}

/** Sweeps every kind of tampering over every object it applies to, some in sequence, in a random order. */
export const runTampering = async (options: RunOptions): Promise<Arena> => {
  const access = await loadKubeconfig({ paths: [options.kubeconfig], allowExec: [] }, { clock: systemClock, env: {} })
  await using world = await openWorld(access, (discovery) => readComponents(discovery, options.components))
  const random = createRandom(options.seed)
  await removeAdmission(world.send)
  await resetWorld(world)
  const isAdmitted = options.admission ?? true
  await using admission = isAdmitted ? await installAdmission(world.send) : undefined
  const arena = await openArena(world)
  if (options.scenarios) {
    for (const { name, play } of SCENARIOS) {
      if (!admission) break
      const started = performance.now()
      await play(arena, random, admission)
      console.log(`${name}: ${Math.round(performance.now() - started)} ms`)
    }
    return arena
  }
  const kinds = TAMPERINGS.filter(
    (tampering) =>
      (options.kinds?.some((word) => tampering.name.includes(word)) ?? true) &&
      (isAdmitted || !ADMITTED_TAMPERINGS.includes(tampering)),
  )
  const queues = planSweep(arena, kinds, random)
  for (let round = 1; round <= options.rounds; round++) {
    const deeds = drawRound(queues, random, options.sequences ?? 5)
    if (deeds.size === 0 || (options.bail && arena.tally.failures.length > 0)) break
    const started = performance.now()
    await playRound(arena, round, deeds, random.fork(round))
    console.log(`round ${round}: ${deeds.size} objects, ${Math.round(performance.now() - started)} ms`)
  }
  await retryRefused(arena, kinds, random)
  return arena
}

/** What was refused wherever it was tried (in a sequence, an earlier deed may have deleted the object) is done alone. */
const retryRefused = async (arena: Arena, kinds: readonly Tampering[], random: Random): Promise<void> => {
  const undone = kinds.filter(({ name }) => arena.tally.byKind.get(name)?.tried === 0)
  for (const [index, kind] of undone.entries()) {
    const found = [...arena.live].find(([key, object]) => {
      const { manifest } = arena.known(key)
      return manifest && kind.applies(object, manifest)
    })
    if (found) await playRound(arena, -1 - index, new Map([[found[0], [kind]]]), random.fork(-1 - index))
  }
}

const planSweep = (arena: Arena, kinds: readonly Tampering[], random: Random): Map<string, Tampering[]> =>
  new Map(
    [...arena.snapshot].map(([key, object]) => {
      const { manifest } = arena.known(key)
      return [key, random.shuffle(kinds.filter(({ applies }) => manifest && applies(object, manifest)))]
    }),
  )

/** Takes the next of each object's tamperings; for one object in some, a sequence. */
const drawRound = (queues: ReadonlyMap<string, Tampering[]>, random: Random, sequences: number): Deeds =>
  new Map(
    [...queues]
      .map(([key, queue]): [string, Tampering[]] => [
        key,
        queue.splice(0, random.below(sequences) === 0 ? 2 + random.below(2) : 1),
      ])
      .filter(([, tamperings]) => tamperings.length > 0),
  )

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      kubeconfig: { type: 'string' },
      seed: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '1000' },
      kinds: { type: 'string' },
      components: { type: 'string' },
      sequences: { type: 'string', default: '5' },
      scenarios: { type: 'boolean', default: false },
      admission: { type: 'boolean', default: true },
      bail: { type: 'boolean', default: false },
    },
  })
  const started = performance.now()
  const { tally, snapshot } = await runTampering({
    kubeconfig: values.kubeconfig ?? '',
    seed: Number(values.seed),
    rounds: Number(values.rounds),
    bail: values.bail,
    sequences: Number(values.sequences),
    scenarios: values.scenarios,
    admission: values.admission,
    ...(values.kinds ? { kinds: values.kinds.split(',') } : {}),
    ...(values.components ? { components: values.components.split(',') } : {}),
  })
  const count = (type: string): number => tally.failures.filter((failure) => failure.type === type).length
  for (const [name, { tried, refused }] of tally.byKind)
    if (tried === 0) console.log(`never done: ${name} (${refused} times refused)`)
  console.log(
    `seed ${values.seed}: ${tally.byKind.size} kinds of tampering, ${snapshot.size} objects, ${tally.tried} tamperings done, ${tally.refused} refused by the server: ` +
      `${count('miss')} misses, ${count('falseAlarm')} false alarms, ${count('notHealed')} not healed, ${count('failed') + count('leak')} other failures, in ${Math.round((performance.now() - started) / 1000)} s`,
  )
  process.exitCode = tally.failures.length > 0 ? 1 : 0
}
