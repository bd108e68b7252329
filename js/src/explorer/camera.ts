import { h } from "../ui/dom";
import type { Numbers } from "./compute";

const LONGEST = 160;

/** A camera that is on; its frames are handed over here and nowhere else. */
export interface Camera {
  stop(): void;
}

/** Pixels of a canvas as channels of 0 to 1: gray for one channel, else red, green, blue, or gray in each. */
export function channelsOf(pixels: ImageData, channels: number): Float64Array {
  const { data, width, height } = pixels;
  const count = width * height;
  const result = new Float64Array(channels * count);
  for (let i = 0; i < count; i++) {
    const [red, green, blue] = [data[4 * i]! / 255, data[4 * i + 1]! / 255, data[4 * i + 2]! / 255];
    if (channels === 3) {
      result[i] = red;
      result[count + i] = green;
      result[2 * count + i] = blue;
    } else {
      const gray = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      for (let c = 0; c < channels; c++) result[c * count + i] = gray;
    }
  }
  return result;
}

/** Asks for the camera and hands over its frames, mirrored, until it is stopped. */
export async function startCamera(
  channels: () => number,
  onFrame: (picture: Numbers) => void,
): Promise<Camera> {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new Error(
      "this page may not use a camera (it has to be served from this machine or by https)",
    );
  }
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { width: { ideal: 320 }, height: { ideal: 240 } },
  });
  const video = h("video", { muted: true, playsinline: true });
  video.muted = true;
  video.srcObject = stream;
  await video.play();
  const canvas = h("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  let seen = -1;
  let frame = 0;
  const draw = (): void => {
    frame = requestAnimationFrame(draw);
    if (video.currentTime === seen || video.videoWidth === 0) return;
    seen = video.currentTime;
    const scale = Math.min(1, LONGEST / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context.setTransform(-1, 0, 0, 1, canvas.width, 0);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const depth = channels();
    const data = channelsOf(context.getImageData(0, 0, canvas.width, canvas.height), depth);
    onFrame({ shape: [depth, canvas.height, canvas.width], data });
  };
  draw();
  return {
    stop() {
      cancelAnimationFrame(frame);
      for (const track of stream.getTracks()) track.stop();
      video.srcObject = null;
    },
  };
}
