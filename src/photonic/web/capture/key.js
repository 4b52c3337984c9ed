// Texts that nobody else has: for keys and sessions.

// crypto.randomUUID exists in secure contexts only; a booth on a LAN is none.
export function randomText(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
