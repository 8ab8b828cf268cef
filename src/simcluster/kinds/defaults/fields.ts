/** Part of an object. */
export type Fields = Readonly<Record<string, unknown>>

/** The fields with the given ones where they are absent. */
export const withDefaults = (fields: Fields, defaults: Fields): Fields => {
  const missing = Object.entries(defaults).filter(([key, value]) => fields[key] === undefined && value !== undefined)
  return missing.length === 0 ? fields : { ...fields, ...Object.fromEntries(missing) }
}

/** The fields with one of them, where it is there, made into something else. */
export const change = (fields: Fields, key: string, to: (value: Fields) => Fields): Fields =>
  fields[key] === undefined || fields[key] === null ? fields : { ...fields, [key]: to(fields[key] as Fields) }

/** The same for every item of a list. */
export const changeEach = (fields: Fields, key: string, to: (item: Fields) => Fields): Fields =>
  Array.isArray(fields[key]) ? { ...fields, [key]: (fields[key] as Fields[]).map(to) } : fields
