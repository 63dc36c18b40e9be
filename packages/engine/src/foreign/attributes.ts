import { type AttributeProto, AttributeProto_AttributeType as AttributeType, type NodeProto } from 'onnx-buf';
import { EngineError } from '../error.ts';
import type { TensorData } from '../tensor.ts';
import { readTensor, textOf } from './read-tensor.ts';

/** The attributes of a node by name; each is asked for as the type it must have. */
export interface ForeignAttributes {
  readonly has: (name: string) => boolean;
  readonly int: (name: string) => number | undefined;
  readonly ints: (name: string) => readonly number[] | undefined;
  readonly float: (name: string) => number | undefined;
  readonly floats: (name: string) => readonly number[] | undefined;
  readonly string: (name: string) => string | undefined;
  readonly strings: (name: string) => readonly string[] | undefined;
  readonly tensor: (name: string) => TensorData | undefined;
}

/** Throws EngineError 'format' for one that is there twice, or as another type than it is asked for. */
export function attributesOfNode(node: NodeProto, where: string): ForeignAttributes {
  const byName = new Map<string, AttributeProto>();
  for (const attribute of node.attribute) {
    if (byName.has(attribute.name)) fail(`has the attribute ${attribute.name} twice`);
    if (attribute.refAttrName !== '') fail(`takes ${attribute.name} from a function it is not in`);
    byName.set(attribute.name, attribute);
  }

  function fail(reason: string): never {
    throw new EngineError('format', `${where} ${reason}`, { operator: node.opType, node: node.name });
  }

  function take<T>(name: string, type: AttributeType, read: (attribute: AttributeProto) => T): T | undefined {
    const attribute = byName.get(name);
    if (attribute === undefined) return undefined;
    if (attribute.type !== type)
      fail(
        `has ${name} as ${AttributeType[attribute.type] ?? attribute.type}, which must be ${AttributeType[type]}`,
      );
    return read(attribute);
  }

  function whole(name: string, value: bigint): number {
    // Far ends stand for "to the end"; any number that JavaScript rounds is one of them.
    const number = Number(value);
    return Number.isFinite(number) ? number : fail(`has ${name} ${value}`);
  }

  return {
    has: (name) => byName.has(name),
    int: (name) => take(name, AttributeType.INT, ({ i }) => whole(name, i)),
    ints: (name) => take(name, AttributeType.INTS, ({ ints }) => ints.map((i) => whole(name, i))),
    float: (name) => take(name, AttributeType.FLOAT, ({ f }) => f),
    floats: (name) => take(name, AttributeType.FLOATS, ({ floats }) => floats),
    string: (name) => take(name, AttributeType.STRING, ({ s }) => textOf(s, where)),
    strings: (name) =>
      take(name, AttributeType.STRINGS, ({ strings }) => strings.map((s) => textOf(s, where))),
    tensor: (name) =>
      take(name, AttributeType.TENSOR, ({ t }) =>
        t === undefined ? fail(`lacks ${name}`) : readTensor(t, where),
      ),
  };
}
