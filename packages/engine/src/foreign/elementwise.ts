import {
  abs,
  acos,
  acosh,
  add,
  and,
  asin,
  asinh,
  atan,
  atanh,
  bitShift,
  cast,
  ceil,
  clip,
  cos,
  cosh,
  cumSum,
  div,
  equal,
  erf,
  exp,
  floor,
  greater,
  greaterOrEqual,
  isInf,
  isNaN,
  less,
  lessOrEqual,
  log,
  maximum,
  meanOf,
  minimum,
  mod,
  mul,
  neg,
  not,
  or,
  pow,
  reciprocal,
  round,
  sign,
  sin,
  sinh,
  sqrt,
  sub,
  sumOf,
  tan,
  where,
  xor,
} from '../operators.ts';
import type { Tensor } from '../tensor.ts';
import { inputsOf, isOpen, type NodeReader, numberAt, reader, readerWith } from './node.ts';
import { dtypeOfOnnx } from './read-tensor.ts';

export const unary = (apply: (x: Tensor) => Tensor): NodeReader => reader((node) => apply(node.input(0)));
export const binary = (apply: (a: Tensor, b: Tensor) => Tensor): NodeReader =>
  reader((node) => apply(node.input(0), node.input(1)));
/** Of any number of inputs, taken two by two from the left, as ONNX Runtime does. */
const variadic = (apply: (a: Tensor, b: Tensor) => Tensor): NodeReader =>
  reader((node) => inputsOf(node).reduce(apply));

export const elementwise = {
  Abs: unary(abs),
  Acos: unary(acos),
  Acosh: unary(acosh),
  Add: binary(add),
  And: binary(and),
  Asin: unary(asin),
  Asinh: unary(asinh),
  Atan: unary(atan),
  Atanh: unary(atanh),
  Ceil: unary(ceil),
  Cos: unary(cos),
  Cosh: unary(cosh),
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
  Mean: reader((node) => meanOf(inputsOf(node))),
  Min: variadic(minimum),
  Mul: binary(mul),
  Neg: unary(neg),
  Not: unary(not),
  Or: binary(or),
  Reciprocal: unary(reciprocal),
  Round: unary(round),
  Sign: unary(sign),
  Sin: unary(sin),
  Sinh: unary(sinh),
  Sqrt: unary(sqrt),
  Sub: binary(sub),
  Sum: reader((node) => sumOf(inputsOf(node))),
  Tan: unary(tan),
  Xor: binary(xor),

  BitShift: reader((node) => {
    const direction = node.attributes.string('direction');
    return direction === 'LEFT' || direction === 'RIGHT'
      ? bitShift(node.input(0), node.input(1), direction)
      : undefined;
  }),

  CumSum: readerWith([1], (node) => {
    const [axis, { int }] = [numberAt(node, 1), node.attributes];
    const options = { exclusive: int('exclusive') === 1, reverse: int('reverse') === 1 };
    return axis === undefined ? undefined : cumSum(node.input(0), axis, options);
  }),

  IsInf: reader((node) => {
    const { int } = node.attributes;
    return isInf(node.input(0), {
      negative: int('detect_negative') !== 0,
      positive: int('detect_positive') !== 0,
    });
  }),

  /** Ours has the sign of a for floats and that of b for integers. */
  Mod: reader((node) => {
    const a = node.input(0);
    const isFloat = a.dtype.includes('float');
    return (node.attributes.int('fmod') === 1) === isFloat ? mod(a, node.input(1)) : undefined;
  }),

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
    return cast(node.input(0), dtypeOfOnnx(to, node.operator));
  }),

  /** At inference nothing is dropped. A mask, or a mode of training, is beyond what we read. */
  Dropout: readerWith([2], (node) =>
    node.hasOutput(1) || isOpen(node, 2) || numberAt(node, 2) === 1 ? undefined : node.input(0),
  ),

  Where: reader((node) => where(node.input(0), node.input(1), node.input(2))),
} satisfies Record<string, NodeReader>;
