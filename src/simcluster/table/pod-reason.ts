import type { Row } from './column.ts'

/** What a table says of how a pod is. */
export const readPodReason = ({ metadata, spec, status }: Row): string => {
  if (metadata.deletionTimestamp) return 'Terminating'
  const gated =
    (status.conditions ?? []).find((each: Row) => each.type === 'PodScheduled')?.reason === 'SchedulingGated'
  const initial = status.reason ?? (gated ? 'SchedulingGated' : (status.phase ?? 'Unknown'))
  const begun = (status.initContainerStatuses ?? []).filter(
    ({ state, started }: Row) => state?.terminated?.exitCode === 0 || started,
  )
  if (status.initContainerStatuses && begun.length < (spec.initContainers ?? []).length)
    return `Init:${begun.length}/${spec.initContainers.length}`
  // Waiting or ended containers say more than the phase does; the first of them counts.
  for (const { state } of status.containerStatuses ?? []) {
    if (state?.waiting?.reason) return state.waiting.reason
    if (state?.terminated?.reason) return state.terminated.reason
  }
  return initial
}
