import { create } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type TensorProto,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { bytesOf, dtypes } from './dtype.ts';
import type { OnnxCall, TensorData, TensorType } from './tensor.ts';

/** The attributes of a node. */
export function attributesOf({ ints = {}, floats = {}, strings = {} }: OnnxCall): AttributeProto[] {
  const { INT, INTS, FLOAT, FLOATS, STRING, STRINGS } = AttributeType;
  return [
    ...Object.entries(ints).map(([name, value]) =>
      typeof value === 'number'
        ? create(AttributeProtoSchema, { name, i: BigInt(value), type: INT })
        : create(AttributeProtoSchema, { name, ints: value.map(BigInt), type: INTS }),
    ),
    ...Object.entries(floats).map(([name, value]) =>
      typeof value === 'number'
        ? create(AttributeProtoSchema, { name, f: value, type: FLOAT })
        : create(AttributeProtoSchema, { name, floats: [...value], type: FLOATS }),
    ),
    ...Object.entries(strings).map(([name, value]) =>
      typeof value === 'string'
        ? create(AttributeProtoSchema, { name, s: utf8(value), type: STRING })
        : create(AttributeProtoSchema, { name, strings: value.map(utf8), type: STRINGS }),
    ),
  ];
}

/** Numbers in raw form, strings each as bytes. */
export function tensorProto(name: string, { dtype, shape, data }: TensorData): TensorProto {
  const dims = shape.map(BigInt);
  const dataType = dtypes[dtype].onnx;
  return Array.isArray(data)
    ? create(TensorProtoSchema, { name, dims, dataType, stringData: data.map(utf8) })
    : create(TensorProtoSchema, { name, dims, dataType, rawData: bytesOf(data) });
}

/** The declaration of an input or output. */
export function valueInfo(name: string, { dtype, shape }: TensorType): ValueInfoProto {
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof size === 'number'
          ? { case: 'dimValue', value: BigInt(size) }
          : { case: 'dimParam', value: size },
    }),
  );
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, {
      value: {
        case: 'tensorType',
        value: create(TypeProto_TensorSchema, {
          elemType: dtypes[dtype].onnx,
          shape: create(TensorShapeProtoSchema, { dim }),
        }),
      },
    }),
  });
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
