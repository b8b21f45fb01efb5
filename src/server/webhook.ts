/** Posts to a URL of the operator's. Which hosts are trusted is for TLS to say, with the certificates that Node has. */

/** Sends JSON. Rejects unless the answer comes in time and its status is 2xx. */
export function webhookAt(url: URL, timeoutMs = 10_000) {
  return async (body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': 'keywright', ...headers },
      body,
      redirect: 'manual',
      credentials: 'omit',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`The webhook answered ${response.status}.`);
  };
}
