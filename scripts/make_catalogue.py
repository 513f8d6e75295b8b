"""Write src/nlpref/data/catalogue.json: addresses and sums from a manifest, the rest from catalogue_sets.json.

    python scripts/make_catalogue.py MANIFEST.tsv

The manifest has a header and the columns dataset, file, bytes, sha256, url (others are passed over).
"""

from __future__ import annotations

import argparse
import csv
import json
from fnmatch import fnmatch
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEFAULT_OUT = HERE.parent / "src" / "nlpref" / "data" / "catalogue.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    options = parser.parse_args()
    with options.manifest.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    catalogue = {}
    for name, record in json.loads((HERE / "catalogue_sets.json").read_text("utf-8")).items():
        patterns = record.pop("files")
        files = [
            {"path": row["file"], "bytes": int(row["bytes"]), "sha256": row["sha256"], "url": row["url"]}
            for row in rows
            if row["dataset"] == record["folder"] and any(fnmatch(row["file"], pattern) for pattern in patterns)
        ]
        for pattern in patterns:
            if not any(fnmatch(file["path"], pattern) for file in files):
                parser.error(f"{name}: the manifest has no file {pattern}")
        catalogue[name] = {**record, "files": files}
    options.out.write_text(json.dumps(catalogue, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
