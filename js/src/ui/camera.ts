import { h } from "./dom";

export interface CameraOptions {
  /** Pixels of a picture's longer side at most. */
  longest(): number;
  /** Takes each new picture, mirrored; it is handed over here and nowhere else. */
  onPicture(pixels: ImageData): void;
  /** Word that the camera went on or off. */
  onChange(on: boolean): void;
  announce(text: string): void;
}

/** The camera of one view: off until somebody presses for it, and off again when it is not seen. */
export interface Camera {
  readonly on: boolean;
  /** Asks the browser, and through it the person, for the camera; `within` is what has to be seen. */
  start(within: Element): Promise<void>;
  stop(): void;
}

export function createCamera(options: CameraOptions): Camera {
  let attempt: object | null = null;
  let close: (() => void) | null = null;
  const stop = (): void => {
    attempt = null;
    if (!close) return;
    close();
    close = null;
    options.onChange(false);
  };
  return {
    get on() {
      return close !== null;
    },
    async start(within) {
      if (close || attempt) return;
      const mine = {};
      attempt = mine;
      try {
        const opened = await open(within, options, stop);
        // It may have been stopped, or closed, while the browser asked.
        if (attempt !== mine) opened();
        else {
          close = opened;
          options.onChange(true);
          options.announce("The camera is on. Its pictures stay in this page.");
        }
      } catch (error) {
        const denied = error instanceof DOMException && error.name === "NotAllowedError";
        const why = denied ? "permission was not given" : (error as Error).message;
        options.announce(`No camera: ${why}`);
      }
      if (attempt === mine) attempt = null;
    },
    stop,
  };
}

/** Opens the camera; gives the call that closes it. */
async function open(
  within: Element,
  { longest, onPicture }: CameraOptions,
  stop: () => void,
): Promise<() => void> {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new Error(
      "this page may not use a camera (it has to be served from this machine or by https)",
    );
  }
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { width: { ideal: 640 }, height: { ideal: 480 } },
  });
  const video = h("video", { muted: true, playsinline: true });
  video.muted = true;
  video.srcObject = stream;
  const canvas = h("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  let seen = -1;
  let frame = 0;
  const draw = (): void => {
    frame = requestAnimationFrame(draw);
    if (video.currentTime === seen || video.videoWidth === 0) return;
    seen = video.currentTime;
    const scale = Math.min(1, longest() / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context.imageSmoothingQuality = "high";
    context.setTransform(-1, 0, 0, 1, canvas.width, 0);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    onPicture(context.getImageData(0, 0, canvas.width, canvas.height));
  };
  const observer = new IntersectionObserver((entries) => {
    if (!entries.at(-1)!.isIntersecting) stop();
  });
  const hide = (): void => {
    if (document.hidden) stop();
  };
  const close = (): void => {
    cancelAnimationFrame(frame);
    observer.disconnect();
    document.removeEventListener("visibilitychange", hide);
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  try {
    await video.play();
  } catch (error) {
    close();
    throw error;
  }
  observer.observe(within);
  document.addEventListener("visibilitychange", hide);
  draw();
  return close;
}
