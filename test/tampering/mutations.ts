/** A rule of the product switched off: one piece of one file replaced. */
export type Mutation = {
  readonly rule: string
  readonly file: string
  readonly search: string
  readonly replace: string
  /** Words of the tamperings that need the rule, where few of many do. */
  readonly kinds?: string
}

const VERDICT = 'src/drift/verdict.ts'
const COMPARE = 'src/drift/compare.ts'
const CO_OWNERS = 'src/drift/co-owners.ts'
const FINGERPRINT = 'src/inventory/fingerprint.ts'
const TREE = 'src/kube/tree-diff.ts'

/** Each of them must make the suite fail. */
export const MUTATIONS: readonly Mutation[] = [
  {
    rule: 'an object that is not in the list is asked for by name',
    file: 'src/drift/observe.ts',
    search: 'return readObject(ref, resource, client, options)\n  })',
    replace:
      "return verdict === 'unconfirmed' ? { ref, resource, state: 'absent', isFull: false } : readObject(ref, resource, client, options)\n  })",
  },
  {
    rule: 'an object of another uid is compared in full',
    file: VERDICT,
    search: '!fingerprint || fingerprint.uid !== metadata.uid',
    replace: '!fingerprint',
  },
  {
    rule: 'a moved resourceVersion is looked into',
    file: VERDICT,
    search: 'if (fingerprint.resourceVersion === metadata.resourceVersion)',
    replace: 'if (fingerprint.resourceVersion !== undefined)',
  },
  {
    rule: 'a moved generation makes an object suspect',
    file: VERDICT,
    search: 'fingerprint.generation === metadata.generation',
    replace: 'true',
  },
  {
    rule: 'only some kinds move their generation with every change',
    file: VERDICT,
    search: 'RELIABLE_KINDS.has(`${group}/${kind}`)',
    replace: 'true',
    kinds: 'by a PUT,managed fields back',
  },
  {
    rule: 'metadata is compared by value where nothing else moved',
    file: COMPARE,
    search: 'input.metadataOnly ? [pickMetadata(seen), pickMetadata(comparable)]',
    replace: 'input.metadataOnly ? [{}, {}]',
  },
  {
    rule: 'what came as a whole and is in part somebody else’s is told part by part',
    file: COMPARE,
    search: 'return parts.some(({ path }) => findCoOwner(path, context) !== undefined) ? parts : [difference]',
    replace: 'return [difference]',
  },
  {
    rule: 'finalizers and owner references are left alone',
    file: COMPARE,
    search: 'REPORT_ONLY.some((pattern) => coversPath(pattern, path))',
    replace: 'REPORT_ONLY.length === 0',
  },
  {
    rule: 'co-owners are entitled under conditions',
    file: CO_OWNERS,
    search: '(rule.when?.(context) ?? true)',
    replace: 'true',
  },
  {
    rule: 'what Git states is shared with nobody',
    file: CO_OWNERS,
    search: '!rule.evenIfStated && context.manifest',
    replace: 'false && context.manifest',
  },
  {
    rule: 'an autoscaler is entitled to replicas',
    file: CO_OWNERS,
    search: "paths: ['/spec/replicas']",
    replace: "paths: ['/spec/nothing']",
    kinds: 'autoscales',
  },
  {
    rule: 'ignored fields are left to others',
    file: CO_OWNERS,
    search: 'const isIgnored = context.ignore.some(',
    replace: 'const isIgnored = [].some(',
    kinds: 'ignore rule',
  },
  {
    rule: 'keyed lists have an order',
    file: TREE,
    search: 'keys.length > 0 && before.some(',
    replace: 'false && before.some(',
  },
  { rule: 'sets have none', file: TREE, search: 'keys.length > 0 && before.some(', replace: 'before.some(' },
  {
    rule: 'sealed values are compared',
    file: FINGERPRINT,
    search: '$digest === undefined ? $hmac === digestJson(live, key) : $digest === digestJson(live)',
    replace: '$digest !== live || $hmac !== live || key === undefined',
  },
  {
    rule: 'labels are part of what is compared',
    file: FINGERPRINT,
    search: 'if (hasMembers(metadata.labels))',
    replace: 'if (metadata.labels === null)',
  },
  {
    rule: 'what was added is removed when healing',
    file: 'src/apply/heal-patch.ts',
    search: "return pointer === undefined ? [] : [{ op: 'remove', path: pointer }]",
    replace: 'return []',
  },
  {
    rule: 'what is only reported is seen again after a healing',
    file: 'src/apply/apply-object.ts',
    search: 'isClean ? live : withoutVersion(live)',
    replace: 'isClean ? live : live',
  },
]
