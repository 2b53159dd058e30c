export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The drawing area of one strip: canvas pixels, and the stretch of time that it shows. */
export class StripCanvas {
  readonly fromS: number;
  readonly toS: number;
  /** Canvas pixels in one of the page's. */
  readonly pixelRatio: number;

  constructor(
    readonly context: CanvasRenderingContext2D,
    readonly box: Box,
    { fromS, toS, pixelRatio }: { readonly fromS: number; readonly toS: number; readonly pixelRatio: number },
  ) {
    this.fromS = fromS;
    this.toS = toS;
    this.pixelRatio = pixelRatio;
  }

  x(timeS: number): number {
    return this.box.left + ((timeS - this.fromS) / (this.toS - this.fromS)) * this.box.width;
  }

  get right(): number {
    return this.box.left + this.box.width;
  }

  get bottom(): number {
    return this.box.top + this.box.height;
  }

  /** A stretch of time over part of the height, at least `leastPixels` wide, cut to the box. */
  fillSpan(
    span: { readonly fromS: number; readonly toS: number },
    {
      top,
      height,
      leastPixels = 1,
    }: { readonly top: number; readonly height: number; readonly leastPixels?: number },
  ): void {
    if (span.toS < this.fromS || span.fromS > this.toS) return;
    const left = Math.max(this.box.left, this.x(span.fromS));
    const right = Math.min(this.right, this.x(span.toS));
    this.context.fillRect(left, top, Math.max(leastPixels * this.pixelRatio, right - left), height);
  }

  /** Draws with nothing beyond the box touched. */
  clipped(draw: () => void): void {
    const { context, box } = this;
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.width, box.height);
    context.clip();
    draw();
    context.restore();
  }
}
