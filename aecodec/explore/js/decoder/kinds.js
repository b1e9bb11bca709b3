// The models that the page carries, and the coder of each.

const KINDS = { classic: ClassicCoder, code16: Code16Coder, transform: TransformCoder };

/** The models of the page: coders by id, made when first asked for, and the names of others. */
class Library {
  constructor(carried, known) {
    this.files = new Map(carried.map(({ id, file }) => [id, file]));
    this.names = { ...known, [STORED_ID]: "stored" };
    this.coders = new Map([[STORED_ID, new StoredCoder()]]);
  }

  /** The coder of a model, or undefined where the page does not carry it. */
  coder(id) {
    if (!this.coders.has(id) && this.files.has(id)) {
      const model = readModel(vendored.unzlibSync(fromBase64(this.files.get(id))));
      this.coders.set(id, new KINDS[model.kind](model));
      this.files.delete(id);
    }
    return this.coders.get(id);
  }

  name(id) {
    return this.names[id] ?? `model ${id}`;
  }
}
