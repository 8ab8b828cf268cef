/** A JSON object that many stored objects share, kept as its text; its value is parsed when somebody looks at it. */
export type Part = {
  readonly text: string
  value: WeakRef<object> | undefined
  /** Of metadata: the key of the objects that have it, so that they share this text, too. */
  key: string | undefined
}

/** The parts of all objects of all clusters of a process: equal ones are one. */
export type PartPool = {
  readonly intern: (value: object) => Part
  /** How many different parts are alive, more or less: some may wait for the garbage collector. */
  readonly size: () => number
}

/** Parts that no object has any more are forgotten with the garbage collector. */
export const createPartPool = (): PartPool => {
  const known = new Map<string, WeakRef<Part>>()
  const forgotten = new FinalizationRegistry<string>((text) => {
    if (known.get(text)?.deref() === undefined) known.delete(text)
  })
  return {
    intern: (value) => {
      const text = JSON.stringify(value)
      const before = known.get(text)?.deref()
      if (before) return before
      const part: Part = { text, value: undefined, key: undefined }
      known.set(text, new WeakRef(part))
      forgotten.register(part, text)
      return part
    },
    size: () => known.size,
  }
}

/** The value of a part. Nobody may change it: everybody has the same. */
export const readPart = (part: Part): Readonly<Record<string, unknown>> => {
  const known = part.value?.deref()
  if (known) return known as Readonly<Record<string, unknown>>
  const value = JSON.parse(part.text) as Record<string, unknown>
  part.value = new WeakRef(value)
  return value
}
