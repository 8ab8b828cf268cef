import type { Clock } from '../base/clock.ts'
import { type SourcePosition, toError } from '../base/errors.ts'
import { createPool } from '../base/pool.ts'
import { createSlots } from '../base/slots.ts'
import type { ProviderOptions } from '../clusters/connect-cluster.ts'
import type { ResolvedCluster, ResolvedFleet } from '../fleet/resolved.ts'
import type { ParsedKubeconfigs } from '../kube/kubeconfig.ts'
import type { FleetSession } from '../render/fleet-session.ts'
import { planRollout, type RolloutStep } from '../rollout/plan-rollout.ts'
import { type LastChange, readLastChange } from '../source/git/last-change.ts'
import { createGit } from '../source/git/run-git.ts'
import type { StoredCluster } from '../store/clusters.ts'
import type { Store } from '../store/store.ts'
import type { Suspension } from '../store/suspensions.ts'
import { createAttribution } from './attribution.ts'
import { openAuditKey } from './audit-key.ts'
import { type ClusterRunner, type RunnerState, runCluster } from './cluster-runner.ts'
import { decideDeletions, type FleetDeletionsOf, toFleetDeletions } from './fleet-deletions.ts'
import { createFleetFollower, type FleetFollower, type FollowOptions } from './fleet-follower.ts'
import { createHolds } from './holds.ts'
import { toInitialState } from './initial-state.ts'
import { createInventoryRecorder } from './inventory-recorder.ts'
import type { Measure } from './metrics.ts'
import { createOperations, type Operations } from './operations.ts'
import { createRecorder, type RecorderDeps } from './recorder.ts'
import { createRuleWarnings } from './rule-warnings.ts'
import { createSessions } from './sessions.ts'

/** How a hub is set up. */
export type HubOptions = FollowOptions & {
  /** What it is called in leases, on clusters and in the trail. */
  readonly name: string
  readonly dataDir: string
  readonly version: string
  readonly access: Omit<ProviderOptions, 'fleetFolder'>
  readonly connectTimeoutMs: number
  /** Checkpoints go to the fleet repository, too. */
  readonly pushCheckpoints?: boolean
}

/** The world of a hub. */
export type HubDeps = {
  readonly clock: Clock
  readonly random: () => number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly holder: string
  readonly store: Store
  readonly log: (level: 'info' | 'warn' | 'error', message: string, fields?: object) => void
  readonly onFindings: RecorderDeps['onFindings']
  readonly measure: Measure
  /** The fleet was read; called for each revision. */
  readonly onFleet?: (fleet: ResolvedFleet) => void
}

/** How a hub is, for people and for programs that watch over it. */
export type HubStatus = {
  /** The commit that is being brought to the clusters. */
  readonly revision?: string
  readonly rollout?: RolloutStep
  readonly clusters: readonly RunnerState[]
  /** Why Git, or the fleet in it, cannot be used now. */
  readonly gitError?: string
  readonly suspensions: readonly Suspension[]
  /** When the hub read that commit first. */
  readonly revisionSeen?: string
  /** Whole passes, over all clusters. */
  readonly passes: { readonly running: number; readonly waiting: number }
  /** What waits to be written to the store. */
  readonly recording: number
}

/** A hub at work. Disposing of it ends it in order: no write is left half done that could be finished. */
export type Hub = AsyncDisposable & {
  readonly name: string
  readonly version: string
  /** The fleet at the revision that is being brought to the clusters; absent until it was read. */
  readonly session: () => FleetSession | undefined
  /** The commit that changed a document of the fleet last, up to that revision. */
  readonly findLastChange: (position: SourcePosition) => Promise<LastChange | undefined>
  readonly status: () => HubStatus
  /** Git has something new. */
  readonly poke: () => void
  /** What people ask of it. */
  readonly operations: Operations
  /** Audit events of a cluster's API server; false where there is no such cluster. */
  readonly noteAuditEvents: (cluster: string, batch: unknown) => Promise<boolean>
}

/** Whole passes side by side. */
const PASSES = 12
/** Connections that are being made at a time: each is a handshake. */
const CONNECTING = 12
const TICK_MS = 500
/** When a cluster was seen last is stored so often, where nothing else changed. */
const SEEN_MS = 30_000
const CHECKPOINT_MS = 300_000
/** A Git that does not answer must not keep the hub from ending. */
const LAST_PUSH_MS = 10_000

/** Starts a hub: it follows the fleet repository and keeps every cluster at what it says. */
export const startHub = async (options: HubOptions, deps: HubDeps): Promise<Hub> => {
  const { store, clock, log } = deps
  const actor = `hub/${options.name}`
  const stop = new AbortController()
  const { signal } = stop
  const by = () => ({ actor, time: clock.now().toISOString() })
  const key = await openAuditKey(options.dataDir, store, by())
  const runners = new Map<string, ClusterRunner>()
  const sessions = createSessions((commit) => follower.openRevision(commit, { signal }))
  let revision: string | undefined
  let revisionSeen: string | undefined
  let session: FleetSession | undefined
  let isAdvancing = false
  let rollout: RolloutStep | undefined
  let gitError: string | undefined
  const rules = createRuleWarnings((warning, cluster) => log('warn', 'a rule of the fleet fails', { cluster, warning }))
  const holds = createHolds({ store, clock })
  let deletions: FleetDeletionsOf | undefined

  const recorder = createRecorder({
    store,
    clock,
    actor,
    key,
    measure: deps.measure,
    revisionOf: (cluster) => runners.get(cluster)?.state().target ?? '',
    onFindings: (found) => {
      deps.onFindings(found)
      void attribution.attribute(found.opened)
    },
    onError: (error) => log('error', 'could not record what happened', { error: error.message }),
  })

  const attribution = createAttribution({
    store,
    clock,
    by,
    log,
    findDiscovery: async (name) => runners.get(name)?.discovery(),
  })

  const startRunner = (cluster: ResolvedCluster, stored: StoredCluster | undefined): ClusterRunner => {
    return runCluster(cluster.name, toInitialState(cluster, stored), {
      ...deps,
      hub: options.name,
      userAgent: `lockstep/${options.version} hub`,
      access: options.access,
      connectTimeoutMs: options.connectTimeoutMs,
      slots,
      connecting,
      parsed,
      pool,
      recording,
      emit: (event) => {
        if (event.type === 'found') rules.note(event)
        recorder.emit(event)
      },
      beforeWrite: recorder.beforeWrite,
      findHold: holds.find,
      findFleetDeletions: (ofRevision) => deletions && toFleetDeletions(deletions, ofRevision),
      onState: (state, before) => {
        void saveState(state)
        if (state.applied === revision && before.applied !== revision && revisionSeen !== undefined)
          deps.measure.reached(clock.now().getTime() - Date.parse(revisionSeen))
        advance()
      },
      onError: (error, name) => log('warn', 'cluster has trouble', { cluster: name, error: error.message }),
    })
  }
  const slots = createSlots(PASSES)
  const connecting = createSlots(CONNECTING)
  const parsed: ParsedKubeconfigs = new Map()
  const pool = createPool()
  const recording = createInventoryRecorder({
    store,
    clock,
    onError: (error) => log('error', 'could not store what is on a cluster', { error: error.message }),
  })
  const saved = new Map<string, { readonly text: string; readonly at: number }>()

  const saveState = async (state: RunnerState): Promise<void> => {
    const { name, target, applied, message, objects } = state
    const known = {
      name,
      state: state.state,
      objects,
      ...(target === undefined ? {} : { target }),
      ...(applied === undefined ? {} : { applied }),
      ...(message === undefined ? {} : { message }),
    }
    const now = clock.now()
    const last = saved.get(name)
    const text = JSON.stringify(known)
    // Each is a write to the disk: after a start, a thousand clusters come to say what is known.
    if (last?.text === text && now.getTime() - last.at < SEEN_MS) return
    saved.set(name, { text, at: now.getTime() })
    try {
      await store.saveCluster({ ...known, seen: now.toISOString() })
    } catch (error) {
      saved.delete(name)
      log('error', 'could not store the state of a cluster', { cluster: name, error: toError(error).message })
    }
  }

  const assign = (name: string, of: FleetSession, commit: string): void => {
    const cluster = of.fleet.clusters.find((one) => one.name === name)
    if (cluster) runners.get(name)?.assign({ revision: commit, session: of, cluster })
  }

  /** A cluster goes on with what it was given before; where that is no more to be had, it waits for its turn. */
  const assignAgain = async (name: string, commit: string): Promise<void> => {
    try {
      assign(name, await sessions.open(commit), commit)
    } catch (error) {
      log('error', 'a revision cannot be opened', { cluster: name, revision: commit, error: toError(error).message })
    }
  }

  /** Decides anew which clusters get the newest revision; called whenever something changed. */
  const advance = (): void => {
    if (revision === undefined || !session || signal.aborted) return
    if (isAdvancing) return
    isAdvancing = true
    try {
      while (advanceOnce(revision, session)) {
        // What was assigned may let the next ones go.
      }
      releaseDeletions(session)
    } finally {
      isAdvancing = false
    }
  }

  const advanceOnce = (commit: string, current: FleetSession): boolean => {
    const { fleet } = current
    const step = planRollout(
      commit,
      [...runners.values()].map((runner) => runner.rolloutState()),
      fleet.rollout,
    )
    if (step.phase !== rollout?.phase || step.failed.join() !== rollout.failed.join()) tellRollout(commit, step)
    rollout = step
    for (const name of step.start) assign(name, current, commit)
    return step.start.length > 0
  }

  /** Once those of all clusters are counted, deletions go ahead, or are asked about. */
  const releaseDeletions = ({ fleet }: FleetSession): void => {
    if (!deletions || deletions.decided !== undefined) return
    const states = [...runners.values()].map((runner) => runner.state())
    deletions = decideDeletions(deletions, states, fleet.deletionGuard)
    if (deletions.decided === undefined) return
    for (const { name, deferred } of states) if (deferred !== undefined) runners.get(name)?.wake()
  }

  const tellRollout = (commit: string, { phase, failed, waiting }: RolloutStep): void => {
    const data = { phase, failed, waiting: waiting.length }
    log(phase === 'halted' ? 'warn' : 'info', `rollout: ${phase}`, { revision: commit, ...data })
    void recorder.append({ type: `rollout.${phase}`, subject: commit, revision: commit, data }).catch(() => undefined)
  }

  const onRevision = async (commit: string): Promise<void> => {
    const opened = await sessions.open(commit)
    // Git is asked about a commit once: after a restart, the store knows.
    if (!(await store.getRevision(commit))) await store.saveRevision(await follower.describe(commit, by().time), by())
    log('info', 'fleet read', { revision: commit, clusters: opened.fleet.clusters.length })
    const known = new Map((await store.listClusters()).map((cluster) => [cluster.name, cluster]))
    const names = new Set(opened.fleet.clusters.map(({ name }) => name))
    for (const [name, runner] of runners) {
      if (names.has(name)) continue
      runners.delete(name)
      recording.forget(name)
      await recorder.append({ type: 'cluster.left', subject: name, cluster: name, revision: commit, data: {} })
      void runner[Symbol.asyncDispose]()
    }
    session = opened
    // Before anything of it goes out: it may be frozen.
    await tick()
    rules.reset()
    rollout = undefined
    for (const cluster of opened.fleet.clusters) {
      if (runners.has(cluster.name)) continue
      const stored = known.get(cluster.name)
      runners.set(cluster.name, startRunner(cluster, stored))
      // Until its turn comes it is kept at what it was given before.
      if (stored?.target !== undefined) await assignAgain(cluster.name, stored.target)
    }
    revision = commit
    revisionSeen = (await store.getRevision(commit))?.time
    deletions = { revision: commit }
    deps.onFleet?.(opened.fleet)
    advance()
    sessions.prune(new Set([commit, ...[...runners.values()].flatMap((runner) => runner.state().target ?? [])]))
  }

  const follower: FleetFollower = createFleetFollower(options, {
    ...deps,
    onRevision,
    onError: (error) => {
      if (gitError !== error.message) log('warn', 'the fleet cannot be read', { error: error.message })
      gitError = error.message
    },
    onAnswer: () => {
      gitError = undefined
    },
  })

  /** Signs the end of the trail, and puts what was signed where the owner of this machine cannot rewrite it alone. */
  const checkpoint = async (until: AbortSignal): Promise<void> => {
    await recorder.checkpoint()
    if (!options.pushCheckpoints) return
    try {
      const lines = (await store.listCheckpoints()).map((signed) => JSON.stringify(signed))
      const pushed = await follower.keepCheckpoints(lines, options.name, { signal: until })
      if (pushed > 0) log('info', 'checkpoints pushed', { checkpoints: pushed })
    } catch (error) {
      log('warn', 'checkpoints could not be pushed', { error: toError(error).message })
    }
  }

  /** What other programs wrote into the store, and what ends by itself. */
  const tick = async (): Promise<void> => {
    if (await holds.refresh(session?.fleet.freeze ?? [])) for (const runner of runners.values()) runner.wake()
  }

  const runTicks = async (): Promise<void> => {
    let signedAt = clock.now().getTime()
    while (!signal.aborted) {
      try {
        await tick()
        if (clock.now().getTime() - signedAt >= CHECKPOINT_MS) {
          signedAt = clock.now().getTime()
          await checkpoint(signal)
        }
      } catch (error) {
        log('error', 'the store cannot be used', { error: toError(error).message })
      }
      await clock.sleep(TICK_MS, { signal }).catch(() => undefined)
    }
  }

  await recorder.append({ type: 'hub.started', subject: options.name, data: { version: options.version } })
  const interrupted = await store.interruptChanges(by())
  if (interrupted.length > 0) log('warn', 'changes were cut off when the hub ended', { changes: interrupted.length })
  await recorder.checkpoint()
  await tick()
  const running = Promise.all([follower.run({ signal }), runTicks()])

  return {
    name: options.name,
    version: options.version,
    session: () => session,
    findLastChange: async (position) =>
      session && revision !== undefined
        ? readLastChange(createGit(deps), position, { cwd: session.directory, revision, signal })
        : undefined,
    status: () => ({
      ...(revision === undefined ? {} : { revision }),
      ...(rollout ? { rollout } : {}),
      clusters: [...runners.values()].map((runner) => runner.state()),
      ...(gitError === undefined ? {} : { gitError }),
      suspensions: holds.suspensions(),
      ...(revisionSeen === undefined ? {} : { revisionSeen }),
      passes: slots.count(),
      recording: recorder.waiting(),
    }),
    poke: () => follower.poke(),
    operations: createOperations({
      findRunner: (name) => runners.get(name),
      listStates: () => [...runners.values()].map((runner) => runner.state()),
      findCluster: (name) => session?.fleet.clusters.find((cluster) => cluster.name === name),
      findHold: holds.find,
      append: recorder.append,
      store,
      now: clock.now,
    }),
    noteAuditEvents: async (cluster, batch) => {
      if (!runners.has(cluster)) return false
      await attribution.noteAuditEvents(cluster, batch)
      return true
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('the hub ends'))
      follower.poke()
      await Promise.all([...runners.values()].map((runner) => runner[Symbol.asyncDispose]()))
      await running
      await recorder.append({ type: 'hub.stopped', subject: options.name, data: {} })
      await checkpoint(AbortSignal.timeout(LAST_PUSH_MS))
      await recording[Symbol.asyncDispose]()
      await recorder[Symbol.asyncDispose]()
      await sessions[Symbol.asyncDispose]()
    },
  }
}
