/**
 * The modifier IGNORE_CIPHERTEXT of a dry run: checks everything but a ciphertext, which the caller need not have.
 * Source: AWS KMS API Reference, Decrypt and ReEncrypt, DryRunModifiers.
 */
import { invalid } from '#model/errors.ts';

/** Throws ValidationException where the modifier is used outside a dry run. */
export function isCiphertextIgnored(input: {
  readonly DryRun?: boolean | undefined;
  readonly DryRunModifiers?: readonly string[] | undefined;
}): boolean {
  const isIgnored = input.DryRunModifiers?.includes('IGNORE_CIPHERTEXT') ?? false;
  // Diverges: dry-run-modifiers
  if (isIgnored && input.DryRun !== true) throw invalid('DryRunModifiers can be used only when DryRun is true.');
  return isIgnored;
}
