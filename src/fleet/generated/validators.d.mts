import type { ValidateFunction } from 'ajv'

export const component: ValidateFunction
export const shape: ValidateFunction
export const provider: ValidateFunction
export const Fleet: ValidateFunction
export const Cluster: ValidateFunction
export const ClusterTemplate: ValidateFunction
export const Placement: ValidateFunction
export const RbacTemplate: ValidateFunction
export const RbacGrant: ValidateFunction
export const AlertPolicy: ValidateFunction
