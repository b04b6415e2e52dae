/**
 * G.711 mu-law, as telephones carry it: one byte a sample, 8000 samples a second.
 *
 * Tables and plain functions without any browser in them; used by both audio worklets.
 */

export const SAMPLES_PER_SECOND = 8000;
export const FRAME_BYTES = 160; // 20 ms
export const SILENCE = 0xff;

const BIAS = 0x84;
const LOUDEST = 32635;

/** Each byte as 16 bit PCM. */
export const PCM = Int16Array.from({ length: 256 }, (_, byte) => {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + BIAS) << ((code >> 4) & 7)) - BIAS;
  return code & 0x80 ? -magnitude : magnitude;
});

/** Each byte as a sample between -1 and 1. */
export const SAMPLE = Float32Array.from(PCM, (pcm) => pcm / 32768);

/** A 16 bit sample as one byte. Works on the 14 bits that G.711 looks at, as audioop does. */
export function encode(pcm) {
  let value = pcm >> 2;
  const mask = value < 0 ? 0x7f : 0xff;
  value = Math.min(value < 0 ? -value : value, LOUDEST >> 2) + (BIAS >> 2);
  const segment = Math.max(0, 31 - Math.clz32(value) - 5);
  if (segment >= 8) return 0x7f ^ mask;
  return ((segment << 4) | ((value >> (segment + 1)) & 0x0f)) ^ mask;
}
