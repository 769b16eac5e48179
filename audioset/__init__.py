"""Curate speech datasets from video, and know which data made which model.

The public names are loaded when they are first used, so that `import audioset` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audioset.api import (
        certify_splits,
        check,
        clips_behind,
        collect,
        compare,
        cut,
        decide,
        dedupe,
        describe,
        diff,
        draw_lineage,
        export_webdataset,
        forget,
        guard_test_set,
        history,
        import_folder,
        init,
        lineage,
        lineage_diff,
        lineage_of_clip,
        list_aliases,
        list_versions,
        log,
        measure,
        open,
        pin,
        plot,
        publish,
        pull,
        search,
        set_alias,
        split,
        train_aligner,
        training_run,
        ui,
        verify,
        write_pin,
    )
    from audioset.catalog.decisions import Decision
    from audioset.curation.cut import CutReport
    from audioset.curation.cut_source import SourceReport
    from audioset.curation.measure_clips import MeasureReport
    from audioset.errors import (
        AlreadyExistsError,
        AudiosetError,
        ConflictError,
        IntegrityError,
        InvalidInputError,
        MediaError,
        NotFoundError,
        StorageError,
        TrackingError,
        WithdrawnWarning,
    )
    from audioset.interop.export_webdataset import ExportedTar, ExportReport
    from audioset.interop.folder import ImportReport
    from audioset.records.alias import Alias, AliasMove
    from audioset.records.check import (
        CheckLimits,
        CheckReport,
        DedupeReport,
        DuplicateGroup,
        Finding,
    )
    from audioset.records.clip_lineage import ClipLineage, ClipRun, HeardClips, HeardVersion
    from audioset.records.comparison import (
        ComparedRun,
        Comparison,
        CurvePoint,
        CurveStep,
        Importance,
        ImportantParam,
        LearningCurve,
    )
    from audioset.records.description import Description
    from audioset.records.diff import (
        DiffClip,
        DiffSide,
        RecutClip,
        RelabelledClip,
        RetextedClip,
        TotalChange,
        VersionDiff,
    )
    from audioset.records.guard import GuardReport
    from audioset.records.identity import VersionRef
    from audioset.records.lineage import (
        Lineage,
        LinkedModel,
        LinkedRun,
        LinkedVersion,
        WrittenTexts,
    )
    from audioset.records.manifest import Clip
    from audioset.records.options import CutOptions
    from audioset.records.pin import Pin
    from audioset.records.search import SearchOptions, SearchReport, SearchTrial
    from audioset.records.source import Source
    from audioset.records.split import (
        LeftOutClip,
        SplitCertificate,
        SplitChange,
        SplitLeak,
        SplitOptions,
        SplitReport,
        SplitTotal,
    )
    from audioset.records.trained_aligner import TrainedAligner
    from audioset.records.verify import Problem, VerifyReport
    from audioset.records.version import VersionRecord
    from audioset.settings import Settings, load_settings
    from audioset.tracking.mirror import MirrorReport
    from audioset.tracking.withdraw import ForgetReport
    from audioset.training.clip import LoadedClip
    from audioset.training.reader import Dataset
    from audioset.versions.collect import CollectReport
    from audioset.versions.publish import Publication
    from audioset.versions.pull import PullReport

    __version__: str

# Each public name and the module that holds it: also a map of the package.
_PUBLIC = {
    "Alias": "records.alias",
    "AliasMove": "records.alias",
    "AlreadyExistsError": "errors",
    "AudiosetError": "errors",
    "CheckLimits": "records.check",
    "CheckReport": "records.check",
    "CollectReport": "versions.collect",
    "ComparedRun": "records.comparison",
    "Comparison": "records.comparison",
    "Clip": "records.manifest",
    "ClipLineage": "records.clip_lineage",
    "ClipRun": "records.clip_lineage",
    "ConflictError": "errors",
    "CurvePoint": "records.comparison",
    "CurveStep": "records.comparison",
    "CutOptions": "records.options",
    "CutReport": "curation.cut",
    "Dataset": "training.reader",
    "Decision": "catalog.decisions",
    "DedupeReport": "records.check",
    "Description": "records.description",
    "DiffClip": "records.diff",
    "DiffSide": "records.diff",
    "DuplicateGroup": "records.check",
    "ExportReport": "interop.export_webdataset",
    "ExportedTar": "interop.export_webdataset",
    "Finding": "records.check",
    "ForgetReport": "tracking.withdraw",
    "GuardReport": "records.guard",
    "HeardClips": "records.clip_lineage",
    "HeardVersion": "records.clip_lineage",
    "ImportReport": "interop.folder",
    "Importance": "records.comparison",
    "ImportantParam": "records.comparison",
    "IntegrityError": "errors",
    "InvalidInputError": "errors",
    "LearningCurve": "records.comparison",
    "LeftOutClip": "records.split",
    "Lineage": "records.lineage",
    "LinkedModel": "records.lineage",
    "LinkedRun": "records.lineage",
    "LinkedVersion": "records.lineage",
    "LoadedClip": "training.clip",
    "MeasureReport": "curation.measure_clips",
    "MediaError": "errors",
    "MirrorReport": "tracking.mirror",
    "NotFoundError": "errors",
    "Pin": "records.pin",
    "Problem": "records.verify",
    "Publication": "versions.publish",
    "PullReport": "versions.pull",
    "RecutClip": "records.diff",
    "RelabelledClip": "records.diff",
    "RetextedClip": "records.diff",
    "SearchOptions": "records.search",
    "SearchReport": "records.search",
    "SearchTrial": "records.search",
    "Settings": "settings",
    "Source": "records.source",
    "SourceReport": "curation.cut_source",
    "SplitCertificate": "records.split",
    "SplitChange": "records.split",
    "SplitLeak": "records.split",
    "SplitOptions": "records.split",
    "SplitReport": "records.split",
    "SplitTotal": "records.split",
    "StorageError": "errors",
    "TotalChange": "records.diff",
    "TrackingError": "errors",
    "TrainedAligner": "records.trained_aligner",
    "VerifyReport": "records.verify",
    "VersionDiff": "records.diff",
    "VersionRecord": "records.version",
    "VersionRef": "records.identity",
    "WithdrawnWarning": "errors",
    "WrittenTexts": "records.lineage",
    "certify_splits": "api",
    "check": "api",
    "clips_behind": "api",
    "collect": "api",
    "compare": "api",
    "cut": "api",
    "decide": "api",
    "dedupe": "api",
    "describe": "api",
    "diff": "api",
    "draw_lineage": "api",
    "export_webdataset": "api",
    "forget": "api",
    "guard_test_set": "api",
    "history": "api",
    "import_folder": "api",
    "init": "api",
    "lineage": "api",
    "lineage_diff": "api",
    "lineage_of_clip": "api",
    "list_aliases": "api",
    "list_versions": "api",
    "load_settings": "settings",
    "log": "api",
    "measure": "api",
    "open": "api",
    "pin": "api",
    "plot": "api",
    "publish": "api",
    "pull": "api",
    "search": "api",
    "set_alias": "api",
    "split": "api",
    "train_aligner": "api",
    "training_run": "api",
    "ui": "api",
    "verify": "api",
    "write_pin": "api",
}

__all__ = [
    "Alias",
    "AliasMove",
    "AlreadyExistsError",
    "AudiosetError",
    "CheckLimits",
    "CheckReport",
    "Clip",
    "ClipLineage",
    "ClipRun",
    "CollectReport",
    "ComparedRun",
    "Comparison",
    "ConflictError",
    "CurvePoint",
    "CurveStep",
    "CutOptions",
    "CutReport",
    "Dataset",
    "Decision",
    "DedupeReport",
    "Description",
    "DiffClip",
    "DiffSide",
    "DuplicateGroup",
    "ExportReport",
    "ExportedTar",
    "Finding",
    "ForgetReport",
    "GuardReport",
    "HeardClips",
    "HeardVersion",
    "ImportReport",
    "Importance",
    "ImportantParam",
    "IntegrityError",
    "InvalidInputError",
    "LearningCurve",
    "LeftOutClip",
    "Lineage",
    "LinkedModel",
    "LinkedRun",
    "LinkedVersion",
    "LoadedClip",
    "MeasureReport",
    "MediaError",
    "MirrorReport",
    "NotFoundError",
    "Pin",
    "Problem",
    "Publication",
    "PullReport",
    "RecutClip",
    "RelabelledClip",
    "RetextedClip",
    "SearchOptions",
    "SearchReport",
    "SearchTrial",
    "Settings",
    "Source",
    "SourceReport",
    "SplitCertificate",
    "SplitChange",
    "SplitLeak",
    "SplitOptions",
    "SplitReport",
    "SplitTotal",
    "StorageError",
    "TotalChange",
    "TrackingError",
    "TrainedAligner",
    "VerifyReport",
    "VersionDiff",
    "VersionRecord",
    "VersionRef",
    "WithdrawnWarning",
    "WrittenTexts",
    "__version__",
    "certify_splits",
    "check",
    "clips_behind",
    "collect",
    "compare",
    "cut",
    "decide",
    "dedupe",
    "describe",
    "diff",
    "draw_lineage",
    "export_webdataset",
    "forget",
    "guard_test_set",
    "history",
    "import_folder",
    "init",
    "lineage",
    "lineage_diff",
    "lineage_of_clip",
    "list_aliases",
    "list_versions",
    "load_settings",
    "log",
    "measure",
    "open",
    "pin",
    "plot",
    "publish",
    "pull",
    "search",
    "set_alias",
    "split",
    "train_aligner",
    "training_run",
    "ui",
    "verify",
    "write_pin",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("audioset")
    elif name in _PUBLIC:
        value = getattr(import_module(f"audioset.{_PUBLIC[name]}"), name)
    else:
        raise AttributeError(f"module 'audioset' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
