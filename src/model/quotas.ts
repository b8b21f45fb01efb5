/** How much there may be of what. Source: AWS KMS Developer Guide, Resource quotas. */
export const quotas = {
  /** Of one account in one Region: customer managed, in any state, replicas included. */
  keys: 100_000,
  aliasesPerKey: 50,
  grantsPerKey: 50_000,
  tagsPerKey: 50,
  keyPolicyBytes: 32_768,
  onDemandRotationsPerKey: 25,
} as const;
