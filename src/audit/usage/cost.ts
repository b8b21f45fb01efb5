/** What AWS would charge for a month: an estimate from the trail, the keys and a list of prices. */
import type { UsageFigures } from './figures.ts';
import { type KeyFacts, keyMonths, type Span } from './key-months.ts';
import { type PriceClass, type Prices, priceClasses, priceClassOf, pricesIn } from './prices.ts';
import { type Saving, Savings } from './savings.ts';

export interface CostQuery {
  /** `2026-01` */
  readonly month: string;
  readonly account?: string | undefined;
  readonly prices: Prices;
  readonly nowMs: number;
}

/** Of one account in one Region. */
export interface CostRow {
  readonly account: string;
  readonly region: string;
  readonly keys: number;
  readonly keyMonths: number;
  readonly rotationMonths: number;
  readonly keyCost: number;
  /** Those that are charged: of the calls that succeeded. */
  readonly requests: Readonly<Record<PriceClass, number>>;
  /** Without the free tier, which is not of a Region. */
  readonly requestCost: number;
  /** Calls of KMS that failed, for which nothing is charged here. */
  readonly failed: number;
}

export interface CostReport {
  readonly month: string;
  /** Whether the month is over. */
  readonly isComplete: boolean;
  readonly currency: string;
  readonly prices: Pick<Prices, 'asOf' | 'sources'>;
  readonly rows: readonly CostRow[];
  /** What each account need not pay for its first requests. */
  readonly freeTier: readonly { readonly account: string; readonly requests: number; readonly credit: number }[];
  readonly total: number;
  readonly savings: readonly Saving[];
  /** Keys for which it had to be guessed when they were made, or from when on they are free. */
  readonly approximateKeys: number;
}

const savingsShown = 50;

/** Times in UTC, as AWS bills. */
export function monthSpan(month: string): Span {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return { fromMs: Date.UTC(year, number - 1), toMs: Date.UTC(year, number) };
}

/** `all` are the figures of the whole trail, in order: keys of the month may be as old as that. */
export function reportCost(all: Iterable<UsageFigures>, keys: readonly KeyFacts[], query: CostQuery): CostReport {
  const { month, account: wanted, prices, nowMs } = query;
  const span = monthSpan(month);
  const isWanted = (account: string) => wanted === undefined || account === wanted;
  const { events, used, savings } = collect(all, month);
  const specs = new Map(events.flatMap(({ key, spec }) => (spec === '' ? [] : [[key, spec] as const])));
  for (const { arn, spec } of keys) specs.set(arn, spec);
  const specOf = (key: string) => specs.get(key);

  const rows = new Rows();
  for (const use of used) {
    if (!isWanted(use.account)) continue;
    const priceClass = priceClassOf(use, specOf);
    if (priceClass === undefined) continue;
    const row = rows.at(use.account, use.region);
    row.requests[priceClass] += use.succeeded;
    row.failed += use.failed;
  }
  const months = keyMonths({ keys, events, chargedRotations: prices.chargedRotations, nowMs }, span);
  let approximateKeys = 0;
  for (const key of months) {
    const { account, region } = placeIn(key.arn);
    if (!isWanted(account)) continue;
    const row = rows.at(account, region);
    row.keys++;
    row.keyMonths += key.months;
    row.rotationMonths += key.rotationMonths;
    approximateKeys += Number(key.isApproximate);
  }
  const priced = rows.all().map((row) => withCosts(row, prices));
  const freeTier = freeTierOf(priced, prices);
  const paid = priced.reduce((sum, { keyCost, requestCost }) => sum + keyCost + requestCost, 0);
  return {
    month,
    isComplete: nowMs >= span.toMs,
    currency: prices.currency,
    prices: { asOf: prices.asOf, sources: prices.sources },
    rows: priced,
    freeTier,
    total: paid - freeTier.reduce((sum, { credit }) => sum + credit, 0),
    savings: savings
      .all((repeat) => {
        const priceClass = priceClassOf({ ...repeat, variant: '' }, specOf) ?? 'standard';
        return pricesIn(prices, repeat.region).per10000[priceClass] / 10_000;
      })
      .filter(({ account }) => isWanted(account))
      .slice(0, savingsShown),
    approximateKeys,
  };
}

type Use = Pick<
  UsageFigures['cells'][number],
  'account' | 'region' | 'operation' | 'key' | 'variant' | 'succeeded' | 'failed'
>;

/** One pass over the figures, which may be many. */
function collect(all: Iterable<UsageFigures>, month: string) {
  const used = new Map<string, { -readonly [Name in keyof Use]: Use[Name] }>();
  const events: UsageFigures['keyEvents'][number][] = [];
  const savings = new Savings(month);
  for (const figures of all) {
    for (const event of figures.keyEvents) events.push(event);
    savings.add(figures);
    for (const cell of figures.cells) {
      if (!cell.hour.startsWith(month) || !cell.operation.startsWith('kms:')) continue;
      const { account, region, operation, key, variant, succeeded, failed } = cell;
      const id = `${account}\n${region}\n${operation}\n${key}\n${variant}`;
      const use = used.get(id);
      if (use === undefined) used.set(id, { account, region, operation, key, variant, succeeded, failed });
      else {
        use.succeeded += succeeded;
        use.failed += failed;
      }
    }
  }
  return { events, used: [...used.values()], savings };
}

type RowSums = Omit<{ -readonly [Name in keyof CostRow]: CostRow[Name] }, 'requests' | 'keyCost' | 'requestCost'> & {
  readonly requests: Record<PriceClass, number>;
};

class Rows {
  readonly #rows = new Map<string, RowSums>();

  at(account: string, region: string): RowSums {
    const id = `${account} ${region}`;
    const found = this.#rows.get(id);
    if (found !== undefined) return found;
    const requests = { standard: 0, rsa2048: 0, asymmetric: 0, eccPair: 0, rsaPair: 0 };
    const made = { account, region, keys: 0, keyMonths: 0, rotationMonths: 0, requests, failed: 0 };
    this.#rows.set(id, made);
    return made;
  }

  all(): readonly RowSums[] {
    return [...this.#rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  }
}

function withCosts(row: RowSums, prices: Prices): CostRow {
  const { keyMonth, rotationMonth, per10000 } = pricesIn(prices, row.region);
  const requestCosts = priceClasses.map((one) => (row.requests[one] * per10000[one]) / 10_000);
  return {
    ...row,
    keyCost: row.keyMonths * keyMonth + row.rotationMonths * rotationMonth,
    requestCost: requestCosts.reduce((sum, one) => sum + one, 0),
  };
}

/** Each account's own; where accounts are billed together, AWS grants it once. Requests of all Regions share it. */
function freeTierOf(rows: readonly CostRow[], prices: Prices): CostReport['freeTier'] {
  const byAccount = Map.groupBy(rows, ({ account }) => account);
  return [...byAccount].flatMap(([account, ofAccount]) => {
    const requests = ofAccount.reduce((sum, row) => sum + row.requests.standard, 0);
    const cost = ofAccount.reduce(
      (sum, { region, requests: { standard } }) =>
        sum + (standard * pricesIn(prices, region).per10000.standard) / 10_000,
      0,
    );
    const free = Math.min(requests, prices.freeRequests);
    return free === 0 ? [] : [{ account, requests: free, credit: (cost * free) / requests }];
  });
}

function placeIn(arn: string): { readonly account: string; readonly region: string } {
  const [, , , region = '', account = ''] = arn.split(':');
  return { account, region };
}
