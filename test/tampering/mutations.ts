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
    kinds: 'label of the ApplySet,another ApplySet',
  },
  {
    rule: 'an object of another uid is compared in full',
    file: VERDICT,
    search: '!fingerprint || fingerprint.uid !== metadata.uid',
    replace: '!fingerprint',
    kinds: 'makes it anew',
  },
  {
    rule: 'a moved resourceVersion is looked into',
    file: VERDICT,
    search: 'if (fingerprint.resourceVersion === metadata.resourceVersion)',
    replace: 'if (fingerprint.resourceVersion !== undefined)',
    kinds: 'by a JSON patch,by a PUT',
  },
  {
    rule: 'a moved generation makes an object suspect',
    file: VERDICT,
    search: 'fingerprint.generation === metadata.generation',
    replace: 'true',
    kinds: 'by a JSON patch,by a PUT',
  },
  {
    rule: 'only some kinds move their generation with every change',
    file: VERDICT,
    search: 'RELIABLE_KINDS.has(`${group}/${kind}`)',
    replace: 'true',
    kinds: 'adds a field,managed fields back,claims it',
  },
  {
    rule: 'metadata is compared by value where nothing else moved',
    file: COMPARE,
    search: 'input.metadataOnly ? [pickMetadata(seen), pickMetadata(comparable)]',
    replace: 'input.metadataOnly ? [{}, {}]',
    kinds: 'adds a label,adds an annotation,annotates',
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
    kinds: 'finalizer,owner reference',
  },
  {
    rule: 'co-owners are entitled under conditions',
    file: CO_OWNERS,
    search: '(rule.when?.(context, path) ?? true)',
    replace: 'true',
    kinds: 'scales a workload,exposes a Service',
  },
  {
    rule: 'what Git states is shared with nobody',
    file: CO_OWNERS,
    search: '!rule.evenIfStated && context.manifest',
    replace: 'false && context.manifest',
    kinds: 'node port,injects',
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
    kinds: 'reorders',
  },
  {
    rule: 'sets have none',
    file: TREE,
    search: 'keys.length > 0 && before.some(',
    replace: 'before.some(',
    kinds: 'reorders a set,a set',
  },
  {
    rule: 'sealed values are compared',
    file: FINGERPRINT,
    search: '$digest === undefined ? $hmac === digestJson(live, key) : $digest === digestJson(live)',
    replace: '$digest !== live || $hmac !== live || key === undefined',
    kinds: 'changes a value',
  },
  {
    rule: 'labels are part of what is compared',
    file: FINGERPRINT,
    search: 'if (hasMembers(metadata.labels))',
    replace: 'if (metadata.labels === null)',
    kinds: 'a label',
  },
  {
    rule: 'what was added is removed when healing',
    file: 'src/apply/heal-patch.ts',
    search: "return pointer === undefined ? [] : [{ op: 'remove', path: pointer }]",
    replace: 'return []',
    kinds: 'adds a field',
  },
  {
    rule: 'what is only reported is seen again after a healing',
    file: 'src/apply/apply-object.ts',
    search: 'isClean ? live : withoutVersion(live)',
    replace: 'isClean ? live : live',
    kinds: 'adds a finalizer,an owner reference,adds a label,adds a field',
  },
  {
    rule: 'a Service without an address is another Service',
    file: CO_OWNERS,
    search: 'when: ({ seen, live }) => isHeadless(seen) === isHeadless(live)',
    replace: 'when: () => true',
    kinds: 'another immutable field',
  },
  {
    rule: 'what the server refuses keeps nothing else from being healed',
    file: 'src/apply/apply-object.ts',
    search: "const isOurs = planned.heals && planned.reason !== 'adopt'",
    replace: 'const isOurs = false',
    kinds: 'another immutable field',
  },
]
