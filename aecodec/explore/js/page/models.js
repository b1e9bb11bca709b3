// The models that the page carries: coders and encoders by id, and the names of others.

import { Library, RESIDUALS_ID, STORED_ID, makeCoder, readModel } from "../decoder/index.js";
import { unpack } from "./data.js";
import { makeEncoder } from "./encoder.js";

export class PageModels {
  /** carried: a list of {id, file}, the files packed; known: names by id, of all installed models. */
  constructor(carried, known) {
    this.files = new Map(carried.map(({ id, file }) => [id, file]));
    this.names = { ...known, [STORED_ID]: "stored", [RESIDUALS_ID]: "residuals" };
    this.read = new Map();
    this.encoders = new Map();
    this.library = new Library((id) => this.files.has(id) ? makeCoder(this.model(id)) : undefined);
  }

  model(id) {
    if (!this.read.has(id)) this.read.set(id, readModel(unpack(this.files.get(id))));
    return this.read.get(id);
  }

  coder(id) {
    return this.library.coder(id);
  }

  /** The encoder of a model of the page, or null where it has none here. */
  encoder(id) {
    if (!this.encoders.has(id)) this.encoders.set(id, makeEncoder(this.model(id), this.coder(id)));
    return this.encoders.get(id);
  }

  name(id) {
    return this.names[id] ?? `model ${id}`;
  }
}
