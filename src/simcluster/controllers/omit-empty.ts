/** An object without the fields that say nothing: zero, empty, undefined. As Go writes those that may be left out. */
export const omitEmpty = <Fields extends object>(fields: Fields): Stated<Fields> =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) =>
        value !== undefined && value !== 0 && value !== '' && !(Array.isArray(value) && value.length === 0),
    ),
  ) as Stated<Fields>

type Stated<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }
