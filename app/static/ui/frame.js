// Bytes -> frame. The form is described in app/ui/frames.py.

const TYPES = { f4: Float32Array, u1: Uint8Array, i4: Int32Array };

/** A frame: {header, arrays: name -> {values, shape}}. */
export function decode(bytes) {
  const buffer = bytes.slice().buffer; // begins at 0, so that the arrays are aligned
  const size = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  const arrays = {};
  for (const [name, [type, offset, shape]] of Object.entries(header.arrays)) {
    const count = shape.reduce((product, length) => product * length, 1);
    arrays[name] = { values: new TYPES[type](buffer, 4 + size + offset, count), shape };
  }
  return { header, arrays };
}

/** The part of an array at the given leading indices, as a typed array; null if the frame has no such array. */
export function part(array, ...indices) {
  if (!array) return null;
  const size = array.shape.slice(indices.length).reduce((product, length) => product * length, 1);
  const start = indices.reduce((at, index, axis) => at * array.shape[axis] + index, 0) * size;
  return array.values.subarray(start, start + size);
}

/** Whether two arrays hold the same bytes. */
export function same(a, b) {
  if (a === b) return true;
  if (!a || !b || a.values.length !== b.values.length || String(a.shape) !== String(b.shape)) return false;
  return a.values.every((value, index) => Object.is(value, b.values[index]));
}
