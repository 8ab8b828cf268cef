import { type LabelSelector, matchesLabelSelector } from '../../kube/label-selector.ts'

/** Whether labels fit a selector. No selector fits nothing; an empty one fits everything. */
export const matchesSelector = (
  selector: LabelSelector | null | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean => selector !== undefined && selector !== null && matchesLabelSelector(selector, labels)
