"""`audioset export croissant`: Parquet as for Hugging Face, described by `croissant.json`.

Croissant 1.1 with the fields of its extension for responsible AI (RAI) that follow from the data:
which models wrote texts, what is personal in it, and how a withdrawal is carried out.
"""

import json
import re
from typing import Any

import pyarrow as pa

from audioset.interop.exporters.huggingface import data_columns, write_parquet
from audioset.interop.exporters.readme import write_readme
from audioset.records.export_contracts import ExportFormat, ExportJob
from audioset.records.manifest import SPEAKER_FACTS, column_names

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = (
    (pa.types.is_boolean, "sc:Boolean"),
    (pa.types.is_integer, "sc:Integer"),
    (pa.types.is_floating, "sc:Float"),
)
_ID = re.compile(r"[\w.-]+")  # an id holds no blanks, which the name of a fact may
_PERSONAL = (*SPEAKER_FACTS, "speaker")
_MAINTENANCE = (
    "Versions never change. When a speaker withdraws, the recordings are taken out of every "
    "version in the store they were published in; copies, such as this one, are to be exported "
    "anew."
)


def _write(job: ExportJob) -> None:
    names = write_parquet(job)
    write_readme(job, names, "Described by croissant.json, which mlcroissant reads.")
    described = _described(job, names)
    with job.open("croissant.json") as file:
        file.write(json.dumps(described, ensure_ascii=False, indent=2).encode() + b"\n")


def _described(job: ExportJob, names: dict[str, list[str]]) -> dict[str, Any]:
    record, front = job.record, job.card.front_matter
    licences = job.rows["licence"].drop_null().unique().to_pylist()
    found = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": record.dataset,
        "description": record.message or f"{job.rows.num_rows} speech clips of {record.ref}.",
        "version": f"{record.version}.0.0",
        "datePublished": record.created_at,
        "creator": {"@type": "sc:Person", "name": record.created_by},
        "citeAs": f"{record.ref}, digest {record.digest}",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": file.name,
                "name": file.name,
                "contentUrl": file.name,
                "contentSize": f"{file.size_bytes} B",
                "encodingFormat": "application/x-parquet",
                "sha256": file.sha256,
            }
            for file in job.files
            if file.num_clips is not None
        ],
        "recordSet": [
            _record_set(job, split if len(files) == 1 else f"{split}-{number:05d}", file)
            for split, files in names.items()
            for number, file in enumerate(files)
        ],
        **_responsible(job),
    }
    if licences:
        found["license"] = sorted(licences) if len(licences) > 1 else licences[0]
    if languages := front.get("language"):
        found["inLanguage"] = languages
    if not job.is_folder:
        found["url"] = job.place
    return found


def _record_set(job: ExportJob, name: str, file: str) -> dict[str, Any]:
    fields = []
    for number, column in enumerate(data_columns(job)):
        own_id = column.name if _ID.fullmatch(column.name) else f"column-{number}"
        source: dict[str, Any] = {
            "fileObject": {"@id": file},
            "extract": {"column": column.name},
        }
        kind = "sc:Text"
        if column.name == "audio":
            kind, source["transform"] = "sc:AudioObject", {"jsonPath": "bytes"}
            if job.options.sampling_rate is not None:
                source["samplingRate"] = job.options.sampling_rate
        for fits, called in _TYPES:
            if fits(column.type):
                kind = called
        fields.append(
            {
                "@type": "cr:Field",
                "@id": f"{name}/{own_id}",
                "name": column.name,
                "dataType": kind,
                "source": source,
            }
        )
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": fields}


def _responsible(job: ExportJob) -> dict[str, Any]:
    """Give what the data say by themselves of the fields for responsible AI."""
    rows = job.rows
    models = {
        name.removeprefix("model:")
        for column in ("text_source", "hypothesis_source", "aligner")
        for name in rows[column].drop_null().unique().to_pylist()
        if column != "text_source" or name.startswith("model:")
    }
    writers = rows["text_source"].value_counts().to_pylist()
    found: dict[str, Any] = {
        "rai:personalSensitiveInformation": [
            "voice",
            *(name for name in _PERSONAL if rows[name].null_count < rows.num_rows),
        ],
        "rai:dataReleaseMaintenancePlan": _MAINTENANCE,
        "rai:dataAnnotationProtocol": [
            f"{each['counts']} clips have a text by {each['values'] or 'nobody'}"
            for each in sorted(writers, key=lambda each: each["values"] or "")
        ],
    }
    if models:
        found["rai:machineAnnotationTools"] = sorted(models)
    return found


CROISSANT = ExportFormat(
    name="croissant",
    summary="Parquet with croissant.json (1.1, with RAI fields), for mlcroissant",
    write=_write,
    holds=frozenset(column_names()),
)
