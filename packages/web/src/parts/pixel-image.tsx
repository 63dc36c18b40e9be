import { useEffect, useRef } from 'react';
import { imageSize, toRgba } from '../lib/pixels.ts';

/** An image from bare numbers, enlarged without blur. */
export function PixelImage({
  label,
  shape,
  pixels,
}: {
  label: string;
  shape: readonly number[];
  pixels: readonly number[];
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = imageSize(shape);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (size === undefined || context === undefined || context === null) return;
    if (pixels.length !== size.width * size.height * size.channels) return;
    context.putImageData(new ImageData(toRgba(pixels, size.channels), size.width, size.height), 0, 0);
  });
  if (size === undefined) return <p className="text-sm text-muted">This image cannot be shown.</p>;
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={label}
      width={size.width}
      height={size.height}
      className="w-56 rounded border border-line [image-rendering:pixelated]"
    />
  );
}
