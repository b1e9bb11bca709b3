"""`aecodec models`: what is installed, where, with which id."""

from typing import Any

from aecodec.cli import options


def models(json: options.Json = False) -> None:
    """List the installed models: name, kind, id, size and file."""
    from aecodec.errors import InvalidModelError, UnsupportedFileError
    from aecodec.models import installed, read_model, search_path

    rows: list[dict[str, Any]] = []
    for name, path in installed().items():
        row: dict[str, Any] = {"name": name, "path": str(path), "bytes": path.stat().st_size}
        try:
            model = read_model(path)
            row |= {"kind": model.kind, "id": model.id.hex(), "problem": None}
        except (InvalidModelError, UnsupportedFileError) as error:
            row |= {"kind": None, "id": None, "problem": str(error)}
        rows.append(row)
    if json:
        options.print_json({"models": rows, "searched": [str(p) for p in search_path()]})
        return
    for row in rows:
        what = row["problem"] or f"{row['kind']:10} {row['id']}  {row['bytes']:>9,} bytes"
        print(f"{row['name']:16} {what}  {row['path']}")
    if not rows:
        print(f"No models; searched {', '.join(map(str, search_path()))}")
