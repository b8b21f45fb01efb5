/** Who makes a request. Source: IAM User Guide, Principal element and ARNs of principals. */
import type { AccountId } from './arn.ts';

/** The account's root user; users, roles and sessions come with issue #3. */
export interface Principal {
  readonly kind: 'root';
  readonly accountId: AccountId;
}
