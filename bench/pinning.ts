/** Which cores processes may use, set while they run, with taskset of util-linux. */
import { execFileSync } from 'node:child_process';

/** All threads of them, from now on; also those that they start later. Throws where it cannot be done. */
export function pin(pids: readonly number[], cores: readonly number[]): void {
  for (const pid of pids) {
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores.join(','), String(pid)], { stdio: 'pipe' });
  }
}

/** The cores that this process may use itself; undefined where that cannot be known or changed. */
export function ownCores(): readonly number[] | undefined {
  try {
    const said = execFileSync('taskset', ['--cpu-list', '--pid', String(process.pid)], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    const list = /: ([\d,-]+)$/m.exec(said)?.[1] ?? '';
    return list.split(',').flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
  } catch {
    return undefined; // not Linux, or without taskset
  }
}
