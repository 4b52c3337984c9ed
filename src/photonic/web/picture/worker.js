// Decodes frames and computes the aids, off the main thread.

import { histogram, mark } from "./aids.js";

const JUDGED_WIDTH = 480; // precise enough; full size would slow down decoding

onmessage = async ({ data: { id, jpeg, aids } }) => {
  try {
    const bitmap = await createImageBitmap(jpeg);
    const judged = aids.histogram || aids.zebra || aids.peaking ? judge(bitmap, aids) : { bins: null, marks: null };
    const handed = judged.marks === null ? [bitmap] : [bitmap, judged.marks];
    postMessage({ id, bitmap, ...judged }, handed);
  } catch (error) {
    postMessage({ id, error: error.message });
  }
};

postMessage({ ready: true });

function judge(bitmap, aids) {
  const width = Math.min(JUDGED_WIDTH, bitmap.width);
  const height = Math.max(1, Math.round((bitmap.height * width) / bitmap.width));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const bins = aids.histogram ? histogram(data) : null;
  if (!aids.zebra && !aids.peaking) return { bins, marks: null };
  const marks = new ImageData(width, height);
  mark(data, marks.data, width, height, aids);
  context.putImageData(marks, 0, 0);
  return { bins, marks: canvas.transferToImageBitmap() };
}
