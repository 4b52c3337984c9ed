// The binary message of photonic.live.v1: a 24-byte big-endian header, then the JPEG (protocol/live.py).

export const SUBPROTOCOL = "photonic.live.v1";
const HEADER_BYTES = 24;
const VERSION = 1;

// Parses a live message; null if it is too short or of another version. `whole`: the JPEG has its start and end markers.
export function decode(message) {
  if (message.byteLength < HEADER_BYTES + 4) return null;
  const header = new DataView(message);
  if (header.getUint8(0) !== VERSION) return null;
  return {
    epoch: header.getUint32(4),
    sequence: Number(header.getBigUint64(8)),
    capturedUs: Number(header.getBigUint64(16)),
    whole: header.getUint16(HEADER_BYTES) === 0xffd8 && header.getUint16(message.byteLength - 2) === 0xffd9,
    jpeg: new Blob([new Uint8Array(message, HEADER_BYTES)], { type: "image/jpeg" }),
  };
}
