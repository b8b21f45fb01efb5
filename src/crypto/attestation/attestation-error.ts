/** Why an attestation document is not taken. The texts are fixed: none of them holds anything of the document. */
export class AttestationError extends Error {
  override readonly name = 'AttestationError';
}

/** Throws AttestationError with the problem unless the condition holds. */
export function check(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new AttestationError(problem);
}
