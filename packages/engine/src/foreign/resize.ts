import { type ResizeOptions, resize } from '../operators.ts';
import { type ForeignNode, isOpen, type NodeReader, numbersAt, readerWith } from './node.ts';

const modes = ['nearest', 'linear', 'cubic'] as const;
const nearests = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'] as const;
const coordinates = [
  'half_pixel',
  'half_pixel_symmetric',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
] as const;

/** The settings that ours has, at their defaults where it has none. */
function optionsOf({ attributes }: ForeignNode): ResizeOptions | undefined {
  const { int, has, string } = attributes;
  const find = <T extends string>(name: string, known: readonly [T, ...T[]]): T | undefined => {
    const wanted = string(name) ?? known[0];
    return known.find((one) => one === wanted);
  };
  const mode = find('mode', modes);
  const nearest = find('nearest_mode', nearests);
  const place = find('coordinate_transformation_mode', coordinates);
  const isBeyond =
    int('exclude_outside') === 1 || int('antialias') === 1 || has('axes') || has('cubic_coeff_a');
  const keepsAspect = (string('keep_aspect_ratio_policy') ?? 'stretch') !== 'stretch';
  if (mode === undefined || nearest === undefined || place === undefined || isBeyond || keepsAspect)
    return undefined;
  return { mode, nearest, coordinates: place };
}

/**
 * Before opset 11 there were factors only, and one way: place i of y stood for i / factor of x, rounded down (where it
 * shrinks, up, which ours has not beside it).
 */
function resizeByFactors(node: ForeignNode, scales: readonly number[] | undefined) {
  const mode = modes.find((name) => name === (node.attributes.string('mode') ?? 'nearest'));
  if (scales === undefined || mode === undefined || scales.some((scale) => scale < 1)) return undefined;
  return resize(node.input(0), { scales }, { mode, coordinates: 'asymmetric', nearest: 'floor' });
}

export const resizing = {
  Resize: readerWith([1, 2, 3], (node) => {
    if (node.opset < 11) return resizeByFactors(node, numbersAt(node, 1));
    const options = optionsOf(node);
    if (options === undefined || isOpen(node, 2) || isOpen(node, 3)) return undefined;
    const [scales = [], sizes = []] = [numbersAt(node, 2), numbersAt(node, 3)];
    if (scales.length + sizes.length === 0) return undefined;
    return resize(node.input(0), scales.length > 0 ? { scales } : { sizes }, options);
  }),

  /** The name of Resize before opset 10. */
  Upsample: readerWith([1], (node) =>
    resizeByFactors(node, node.opset < 9 ? node.attributes.floats('scales') : numbersAt(node, 1)),
  ),
} satisfies Record<string, NodeReader>;
