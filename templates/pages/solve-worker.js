// Seeks the counter whose derived key begins with the wanted bytes (ALTCHA, version 2: PBKDF2 over
// nonce and counter, as four bytes with the highest first).

const toBytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

async function derive(parameters, nonce, salt, counter) {
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  new DataView(password.buffer).setUint32(nonce.length, counter);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const hash = parameters.algorithm.split("/")[1];
  const bits = await crypto.subtle.deriveBits(
    { name: "PBKDF2", hash, salt, iterations: parameters.cost },
    key,
    parameters.keyLength * 8,
  );
  return toHex(new Uint8Array(bits));
}

async function solve(parameters) {
  const nonce = toBytes(parameters.nonce);
  const salt = toBytes(parameters.salt);
  const startedAt = performance.now();
  for (let counter = 0; ; counter += 1) {
    const derivedKey = await derive(parameters, nonce, salt, counter);
    if (derivedKey.startsWith(parameters.keyPrefix)) {
      return { counter, derivedKey, time: performance.now() - startedAt };
    }
  }
}

self.addEventListener("message", async ({ data }) => self.postMessage(await solve(data)));
