// A model file (docs/FORMAT.md, "Model files"): its id, its kind and its arrays. The page's own
// models were checked when the page was made.

const ARRAY_TYPES = {
  u1: Uint8Array, i1: Int8Array, u2: Uint16Array, i2: Int16Array, u4: Uint32Array, i4: Int32Array,
};

/** Parse a model file into {id, kind, arrays}, the arrays by name as {shape, data}. */
function readModel(bytes) {
  const reader = new ByteReader(bytes, 5);
  const id = hex(reader.take(8));
  const header = new ByteReader(reader.take(reader.u32()));
  const [kind, table] = readMsgpack(header);
  const arrays = {};
  for (const [name, type, shape] of table) {
    const Values = ARRAY_TYPES[type];
    const count = shape.reduce((product, size) => product * size, 1);
    const raw = reader.take(count * Values.BYTES_PER_ELEMENT).slice(); // aligned
    arrays[name] = { shape, data: new Values(raw.buffer) };
  }
  return { id, kind, arrays };
}
