/** Our operations of CloudTrail against botocore's model of it, where that is installed: members, types, and which are required. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { cloudTrailOperations } from '#operations/cloudtrail/registry.ts';
import { isInstalled } from '#test/harness/clients.ts';
import { type Modelled, ourKinds } from '#test/harness/sdk-model.ts';

interface ModelShape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly required?: readonly string[];
}

interface Model {
  readonly operations: Readonly<
    Record<
      string,
      {
        readonly input?: { readonly shape: string };
        readonly output?: { readonly shape: string };
        readonly errors?: readonly { readonly shape: string }[];
      }
    >
  >;
  readonly shapes: Readonly<Record<string, ModelShape>>;
}

const program = `
import json, botocore.loaders
print(json.dumps(botocore.loaders.Loader().load_service_model('cloudtrail', 'service-2')))
`;

async function loadModel(): Promise<Model> {
  const run = promisify(execFile);
  const { stdout } = await run('python3', ['-c', program], { timeout: 60_000, maxBuffer: 64 * 2 ** 20 });
  return JSON.parse(stdout);
}

type Kinds = string | { readonly [member: string]: Kinds };

function kindOf({ shapes }: Model, name: string): Kinds {
  const shape = shapes[name];
  assert(shape !== undefined, name);
  if (shape.type === 'list') {
    const element = kindOf({ shapes } as Model, shape.member?.shape ?? '');
    return typeof element === 'string' ? `list of ${element}` : { 'list of': element };
  }
  if (shape.type !== 'structure') return shape.type;
  const members = Object.entries(shape.members ?? {});
  return Object.fromEntries(members.map(([member, { shape }]) => [member, kindOf({ shapes } as Model, shape)]));
}

const unsupported = 'UnsupportedOperationException';

test('operations of CloudTrail take, give and refuse what the model says, and none is unknown', async () => {
  if (!(await isInstalled('python3', ['-c', 'import botocore']))) return;
  const model = await loadModel();
  assert.deepEqual([...cloudTrailOperations.keys()].sort(), Object.keys(model.operations).sort());
  for (const [name, operation] of cloudTrailOperations) {
    const { input, output, errors = [] } = model.operations[name] ?? {};
    if (operation.errors.includes(unsupported as never)) continue;
    const { input: ourInput, output: ourOutput } = operation as unknown as Modelled;
    assert.deepEqual(ourKinds(ourInput), kindOf(model, input?.shape ?? ''), name);
    assert.deepEqual(ourKinds(ourOutput as never), kindOf(model, output?.shape ?? ''), name);
    const required = Object.entries(ourInput.members).filter(([, member]) => !('optional' in Object(member)));
    assert.deepEqual(
      required.map(([member]) => member),
      model.shapes[input?.shape ?? '']?.required ?? [],
      name,
    );
    for (const error of operation.errors)
      assert(
        errors.some(({ shape }) => shape === error),
        `${name}: ${error}`,
      );
  }
});
