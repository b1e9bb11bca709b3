// The coder of each kind, and the coders of models by id.

import { judged, unsupported } from "./bytes.js";
import { ClassicCoder } from "./classic.js";
import { Code16Coder } from "./code16.js";
import { readEmbeddedModel } from "./model.js";
import { PixelsCoder } from "./pixels.js";
import { RESIDUALS_ID, ResidualsCoder } from "./residuals.js";
import { ScanCoder } from "./scan.js";
import { STORED_ID, StoredCoder } from "./stored.js";
import { TransformCoder } from "./transform.js";

const KINDS = new Map([
  ["classic", ClassicCoder], ["code16", Code16Coder], ["transform", TransformCoder], ["pixels", PixelsCoder],
  ["scan", ScanCoder],
]);

/** The coder of {kind, arrays}. Throws FileError where the arrays do not fit together. */
function coderOf(model) {
  const Coder = KINDS.get(model.kind);
  if (!Coder) throw unsupported(`It has a model of the kind ${model.kind}`);
  return new Coder(model);
}

/** The coder of a model that `readModel` gave. */
export function makeCoder(model) {
  return judged("model", () => coderOf(model));
}

/** The coder of an embedded model; a damaged one damages the file that it is in. */
function makeEmbeddedCoder(body) {
  return judged("damaged", () => coderOf(readEmbeddedModel(body)));
}

/** Ids that need no model. */
export const FIXED_IDS = [STORED_ID, RESIDUALS_ID];

/** Coders of models by id, each made when it is first asked for. */
export class Library {
  /** make: maps the id of a model to its coder, or to undefined where there is none. */
  constructor(make) {
    this.make = make;
    this.coders = new Map([[STORED_ID, new StoredCoder()], [RESIDUALS_ID, new ResidualsCoder()]]);
  }

  /** The coder of an id, or undefined. */
  coder(id) {
    if (!this.coders.has(id)) this.coders.set(id, this.make(id));
    return this.coders.get(id);
  }

  /** These coders and, for one file, those of the models that it brings along. */
  withEmbedded(file) {
    const embedded = (id) => file.embedded.has(id) ? makeEmbeddedCoder(file.embedded.get(id)) : undefined;
    return new Library((id) => this.coder(id) ?? embedded(id));
  }
}
