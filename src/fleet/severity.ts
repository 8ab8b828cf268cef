/** How bad, worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const
/** One of {@link SEVERITIES}. */
export type Severity = (typeof SEVERITIES)[number]
