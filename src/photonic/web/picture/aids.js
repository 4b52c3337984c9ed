// Histogram, clipping and focus marks, from a picture's pixels (RGBA, as in ImageData). Pure; runs in a worker.

export const BINS = 64;
const CLIPPED = 250; // of 255, in every channel: no detail is left
const EDGE = 90; // difference of brightness over two pixels, summed over both directions
const STRIPE = 6; // width of a zebra stripe in pixels

const luminance = (data, at) => (data[at] * 54 + data[at + 1] * 183 + data[at + 2] * 19) >> 8; // Rec. 709

// Number of pixels by brightness, from black to white.
export function histogram(data) {
  const bins = new Array(BINS).fill(0);
  for (let at = 0; at < data.length; at += 4) bins[(luminance(data, at) * BINS) >> 8] += 1;
  return bins;
}

// Writes stripes for clipped areas and marks for sharp edges into `marks` (RGBA, same size).
export function mark(data, marks, width, height, { zebra, peaking }) {
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = (y * width + x) * 4;
      if (zebra && data[at] >= CLIPPED && data[at + 1] >= CLIPPED && data[at + 2] >= CLIPPED) {
        if (Math.floor((x + y) / STRIPE) % 2 === 0) paint(marks, at, 255, 0, 90);
      } else if (peaking) {
        const across = Math.abs(luminance(data, at + 4) - luminance(data, at - 4));
        const down = Math.abs(luminance(data, at + width * 4) - luminance(data, at - width * 4));
        if (across + down > EDGE) paint(marks, at, 80, 255, 60);
      }
    }
  }
}

function paint(marks, at, red, green, blue) {
  marks[at] = red;
  marks[at + 1] = green;
  marks[at + 2] = blue;
  marks[at + 3] = 255;
}
