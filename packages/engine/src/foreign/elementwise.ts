import { dtypes } from '../dtype.ts';
import {
  abs,
  add,
  and,
  cast,
  clip,
  cos,
  div,
  equal,
  erf,
  exp,
  floor,
  gelu,
  greater,
  greaterOrEqual,
  isNaN,
  less,
  lessOrEqual,
  log,
  maximum,
  minimum,
  mul,
  neg,
  not,
  or,
  pow,
  relu,
  sigmoid,
  sign,
  sin,
  softplus,
  sqrt,
  sub,
  tanh,
  where,
} from '../operators.ts';
import type { DType, Tensor } from '../tensor.ts';
import { inputsOf, isOpen, type NodeReader, numberAt, reader, readerWith } from './node.ts';
import { dtypeOfOnnx } from './read-tensor.ts';

const unary = (apply: (x: Tensor) => Tensor): NodeReader => reader((node) => apply(node.input(0)));
const binary = (apply: (a: Tensor, b: Tensor) => Tensor): NodeReader =>
  reader((node) => apply(node.input(0), node.input(1)));
/** Of any number of inputs, taken two by two from the left, as ONNX Runtime does. */
const variadic = (apply: (a: Tensor, b: Tensor) => Tensor): NodeReader =>
  reader((node) => inputsOf(node).reduce(apply));

export const elementwise = {
  Abs: unary(abs),
  Add: binary(add),
  And: binary(and),
  Cos: unary(cos),
  Div: binary(div),
  Equal: binary(equal),
  Erf: unary(erf),
  Exp: unary(exp),
  Floor: unary(floor),
  Greater: binary(greater),
  GreaterOrEqual: binary(greaterOrEqual),
  Identity: unary((x) => x),
  IsNaN: unary(isNaN),
  Less: binary(less),
  LessOrEqual: binary(lessOrEqual),
  Log: unary(log),
  Max: variadic(maximum),
  Min: variadic(minimum),
  Mul: binary(mul),
  Neg: unary(neg),
  Not: unary(not),
  Or: binary(or),
  Relu: unary(relu),
  Sigmoid: unary(sigmoid),
  Sign: unary(sign),
  Sin: unary(sin),
  Softplus: unary(softplus),
  Sqrt: unary(sqrt),
  Sub: binary(sub),
  Sum: variadic(add),
  Tanh: unary(tanh),

  Gelu: reader((node) =>
    (node.attributes.string('approximate') ?? 'none') === 'none' ? gelu(node.input(0)) : undefined,
  ),

  /** An exponent of another type: ONNX Runtime multiplies for 2 and 3, and computes all others in other ways. */
  Pow: readerWith([1], (node) => {
    const [a, b, exponent] = [node.input(0), node.input(1), numberAt(node, 1)];
    if (a.dtype === b.dtype) return pow(a, b);
    return exponent === 2 || exponent === 3 ? pow(a, cast(b, a.dtype)) : undefined;
  }),

  /** The ends were attributes before opset 11. */
  Clip: readerWith([1, 2], (node) => {
    if (isOpen(node, 1) || isOpen(node, 2)) return undefined;
    const { float } = node.attributes;
    const [low, high] =
      node.opset < 11 ? [float('min'), float('max')] : [numberAt(node, 1), numberAt(node, 2)];
    return clip(node.input(0), low, high);
  }),

  Cast: reader((node) => {
    const to = node.attributes.int('to') ?? 0;
    const dtype: DType = dtypeOfOnnx(to, node.operator);
    return dtypes[dtype].onnx === to ? cast(node.input(0), dtype) : undefined;
  }),

  /** At inference nothing is dropped. A mask, or a mode of training, is beyond what we read. */
  Dropout: readerWith([2], (node) =>
    node.hasOutput(1) || isOpen(node, 2) || numberAt(node, 2) === 1 ? undefined : node.input(0),
  ),

  Where: reader((node) => where(node.input(0), node.input(1), node.input(2))),
} satisfies Record<string, NodeReader>;
