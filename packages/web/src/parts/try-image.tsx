import type { Deployment } from '@banyan/contract';
import { type ChangeEvent, type PointerEvent, useId, useRef, useState } from 'react';
import { useExampleRows } from '../lib/example-rows.ts';
import type { Manifest } from '../lib/manifest.ts';
import { fromRgba, imageSize } from '../lib/pixels.ts';
import { readImageCell } from '../lib/profile.ts';
import { Button, buttonClass } from './button.tsx';
import { Empty } from './layout.tsx';
import { PredictPanel } from './predict-panel.tsx';

const padSize = 280;

/** An image to draw with the pointer, to choose from a file, or to take from the data; sent at the model's own size. */
export function TryImage({ deployment, manifest }: { deployment: Deployment; manifest: Manifest }) {
  const inputId = useId();
  const pad = useRef<HTMLCanvasElement>(null);
  const examples = useExampleRows(manifest);
  const [next, setNext] = useState(0);
  const input = manifest.inputs.find(({ type }) => type === 'image');
  const size = imageSize(input?.shape ?? []);
  if (input === undefined || size === undefined)
    return <Empty title="This model takes images of a shape that cannot be drawn here" />;

  const context = () => pad.current?.getContext('2d') ?? undefined;
  const clear = () => context()?.clearRect(0, 0, padSize, padSize);
  const show = (image: CanvasImageSource) => {
    clear();
    context()?.drawImage(image, 0, 0, padSize, padSize);
  };
  const draw = (event: PointerEvent<HTMLCanvasElement>) => {
    const canvas = context();
    if (canvas === undefined || event.buttons !== 1) return;
    const { left, top, width } = event.currentTarget.getBoundingClientRect();
    const scale = padSize / width;
    const x = (event.clientX - left) * scale;
    const y = (event.clientY - top) * scale;
    canvas.strokeStyle = '#fff';
    canvas.lineWidth = padSize / 13;
    canvas.lineCap = 'round';
    canvas.beginPath();
    canvas.moveTo(x - event.movementX * scale, y - event.movementY * scale);
    canvas.lineTo(x, y);
    canvas.stroke();
  };
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file !== undefined) show(await createImageBitmap(file));
  };
  const takeExample = async () => {
    const png = readImageCell(examples.rows[next % examples.rows.length]?.[input.name]);
    setNext(next + 1);
    if (png === undefined) return;
    const image = new Image();
    image.src = png;
    await image.decode();
    show(image);
  };
  const read = () => {
    const small = document.createElement('canvas');
    small.width = size.width;
    small.height = size.height;
    const canvas = small.getContext('2d');
    if (canvas === null || pad.current === null) return { [input.name]: [] };
    // What is not drawn on is black: pixels of 0, as in the digits that such models learn.
    canvas.fillRect(0, 0, size.width, size.height);
    canvas.imageSmoothingQuality = 'high';
    canvas.drawImage(pad.current, 0, 0, size.width, size.height);
    return { [input.name]: fromRgba(canvas.getImageData(0, 0, size.width, size.height).data, size.channels) };
  };
  return (
    <PredictPanel
      deployment={deployment}
      manifest={manifest}
      read={read}
      brief={{ [input.name]: `base64 of ${size.height * size.width * size.channels} bytes` }}
    >
      <canvas
        ref={pad}
        width={padSize}
        height={padSize}
        role="img"
        aria-label="A pad to draw on"
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={draw}
        className="w-70 max-w-full cursor-crosshair touch-none rounded-md bg-black"
      />
      <div className="flex flex-wrap gap-2">
        <Button small onClick={clear}>
          Clear
        </Button>
        <label htmlFor={inputId} className={buttonClass('plain', true)}>
          Choose an image
          <input
            id={inputId}
            type="file"
            accept="image/*"
            className="sr-only"
            onChange={(event) => void choose(event)}
          />
        </label>
        {examples.rows.length > 0 && (
          <Button small onClick={() => void takeExample()}>
            Take one from the data
          </Button>
        )}
      </div>
      <p className="text-xs text-muted">
        Sent as {size.height} × {size.width} pixels{size.channels > 1 && `, ${size.channels} channels`}.
      </p>
    </PredictPanel>
  );
}
