const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** A quantity (`500m`, `1Gi`, `10k`) as a number, exact enough to compare and to add. Undefined where it is none. Pure. */
export const parseQuantity = (value: unknown): number | undefined => {
  const [, digits, suffix = ''] =
    /^([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)(n|u|m|k|Ki|Mi|Gi|Ti|Pi|Ei|M|G|T|P|E)?$/.exec(String(value)) ?? []
  return digits === undefined ? undefined : Number(digits) * (SUFFIXES[suffix] as number)
}
