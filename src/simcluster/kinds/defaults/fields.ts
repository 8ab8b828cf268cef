/** Part of an object. */
export type Fields = Readonly<Record<string, unknown>>

/** The fields with the given ones where they are absent. */
export const withDefaults = (fields: Fields, defaults: Fields): Fields => {
  const missing = Object.entries(defaults).filter(([key, value]) => fields[key] === undefined && value !== undefined)
  return missing.length === 0 ? fields : { ...fields, ...Object.fromEntries(missing) }
}

/** The fields with one of them, where it is there, made into something else. The very same where nothing is to be done. */
export const change = (fields: Fields, key: string, to: (value: Fields) => Fields): Fields => {
  const value = fields[key]
  if (value === undefined || value === null) return fields
  const changed = to(value as Fields)
  return changed === value ? fields : { ...fields, [key]: changed }
}

/** The same for every item of a list. */
export const changeEach = (fields: Fields, key: string, to: (item: Fields) => Fields): Fields => {
  const items = fields[key]
  if (!Array.isArray(items)) return fields
  const changed = (items as Fields[]).map(to)
  return changed.every((item, at) => item === items[at]) ? fields : { ...fields, [key]: changed }
}
