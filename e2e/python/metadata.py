"""What others make of a version's metadata: the reference validators of Croissant, DataCite and CFF, and RO-Crate's library."""

import hashlib
import json
import os
import tempfile
import urllib.parse
import zipfile

os.environ["CROISSANT_CACHE"] = tempfile.mkdtemp(prefix="banyan-croissant-")

import mlcroissant
import cffconvert
from datacite import schema45
from rocrate.rocrate import ROCrate

from answering import answer


def plain(value):
    return value.decode() if isinstance(value, bytes) else value


def croissant(document, mapping=None, records=None):
    """Validates as `mlcroissant validate` does; gives what it finds, and the first rows of some record sets."""
    dataset = mlcroissant.Dataset(jsonld=document, mapping=mapping)
    issues = dataset.metadata.ctx.issues
    rows = {}
    for name in records or []:
        rows[name] = []
        for row in dataset.records(name):
            rows[name].append({key: plain(value) for key, value in row.items()})
            if len(rows[name]) == 3:
                break
    return {
        "errors": list(map(str, issues.errors)),
        "warnings": list(map(str, issues.warnings)),
        "recordSets": [one.id for one in dataset.metadata.record_sets],
        "rows": json.loads(json.dumps(rows, default=str)),
    }


def cff(text):
    """Throws what the schema of CITATION.cff 1.2.0 refuses; gives another format that its tool makes of it."""
    citation = cffconvert.Citation(text)
    citation.validate()
    return citation.as_bibtex()


def datacite(document):
    """Throws what DataCite's schema refuses."""
    schema45.validator.validate(document)
    return True


def crate(path):
    """Opens an archive with Python's zipfile and RO-Crate's library, and holds it to the rules of RO-Crate 1.1."""
    with zipfile.ZipFile(path) as archive:
        broken = archive.testzip()
        assert broken is None, broken
        names = archive.namelist()
        assert len(names) == len(set(names))
        assert names[0] == "ro-crate-metadata.json"
        folder = tempfile.mkdtemp(prefix="banyan-crate-")
        archive.extractall(folder)
    with open(os.path.join(folder, "ro-crate-metadata.json"), encoding="utf-8") as file:
        graph = json.load(file)["@graph"]
    entities = {entity["@id"]: entity for entity in graph}
    assert len(entities) == len(graph), "two entities of one @id"
    root = entities["./"]
    for required in ("name", "description", "datePublished", "license"):
        assert root.get(required), required
    assert entities["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    for entity in graph:
        for key, value in entity.items():
            for item in value if isinstance(value, list) else [value]:
                if not isinstance(item, dict):
                    continue
                assert list(item) == ["@id"], f"{entity['@id']} nests {key}"
                known = item["@id"] in entities or item["@id"].startswith(("https://w3id.org/ro/crate", "http://schema.org/"))
                assert known, f"{entity['@id']} {key} names {item['@id']}, which is not described"
    for part in root["hasPart"]:
        entity = entities[part["@id"]]
        file = os.path.join(folder, urllib.parse.unquote(part["@id"]))
        assert os.path.getsize(file) == int(entity["contentSize"]), file
        if "sha256" in entity:
            with open(file, "rb") as stream:
                assert hashlib.file_digest(stream, "sha256").hexdigest() == entity["sha256"], file
    parts = {urllib.parse.unquote(part["@id"]) for part in root["hasPart"]}
    left = set(names) - parts - {"ro-crate-metadata.json", "ro-crate-preview.html"}
    assert not left, f"not described: {left}"
    library = ROCrate(folder)
    action = next((entity for entity in graph if entity["@type"] == "CreateAction"), None)
    return {
        "folder": folder,
        "names": sorted(names),
        "name": library.name,
        "license": library.license.id if hasattr(library.license, "id") else library.license,
        "entities": len(list(library.get_entities())),
        "conformsTo": root.get("conformsTo"),
        "action": action,
        "parameters": {
            entity["name"]: entity["value"] for entity in graph if entity["@type"] == "PropertyValue"
        },
    }


def zip_names(path):
    """Of any archive: its names, after its checksums were held against its bytes."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {info.filename: info.file_size for info in archive.infolist()}


answer(croissant, cff, datacite, crate, zip_names)
