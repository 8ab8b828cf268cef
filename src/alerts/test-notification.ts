import { type Notification, toNotification } from './notification.ts'

/** A sample that says of itself that it is one, and looks like what will come. Pure. */
export const toTestNotification = (
  { policy, receiver, fleet }: { readonly policy: string; readonly receiver: string; readonly fleet: string },
  now: Date,
): Notification => {
  const time = now.toISOString()
  const labels = {
    alertname: 'LockstepTest',
    fleet,
    cluster: 'example',
    component: 'shop',
    owner: '@shop-team',
    severity: 'info',
    drift: 'modified',
    kind: 'Deployment',
    namespace: 'shop',
    name: 'web',
    field: '/spec/replicas',
    manager: 'kubectl-scale',
  }
  const { cluster, component, namespace } = labels
  return toNotification(`test-${now.getTime().toString(36)}`, {
    groupKey: `test/${policy}/${receiver}`,
    policy,
    receiver,
    groupLabels: { cluster, component, namespace },
    reason: 'test',
    time,
    quiet: 0,
    firing: [
      {
        key: 'LockstepTest',
        labels,
        annotations: {
          summary: 'This is a test of Lockstep: Deployment/shop/web /spec/replicas was changed on example',
          change: '2 → 5',
          who: 'mallory (kubectl-scale)',
          done: 'nothing: it did not happen',
          command: 'lockstep alert test',
        },
        startsAt: time,
        times: 1,
        isNews: true,
        findings: [],
        folded: 0,
      },
    ],
    resolved: [],
  })
}
