const MOST = 120

/** A value of a field for people, on one line and not too long. */
export const formatValue = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text
}

/** Git's value and the live one. */
export const formatChange = (git: unknown, live: unknown): string => `${formatValue(git)} → ${formatValue(live)}`
