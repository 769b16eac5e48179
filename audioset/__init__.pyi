# The public names, and where each lives: also a map of the package.

from .catalog.decisions import (
    Decision,
    DecisionConflict,
    HeldDecision,
    HeldInstead,
    Recorded,
    RecordedDecision,
)
from .curation.cut import CutReport, SourceReport
from .curation.cut.left_behind import LeftBehind
from .curation.decide import Undone
from .curation.decide.undo import HoldsNow
from .curation.measure import MeasureReport
from .errors import (
    AlreadyExistsError,
    AudiosetError,
    ConflictError,
    DamagedWarning,
    IntegrityError,
    InvalidInputError,
    MediaError,
    MovedWarning,
    NotCopiedWarning,
    NotFoundError,
    StorageError,
    TrackingError,
    WithdrawnWarning,
)
from .hearing.plugins import Plugin
from .interop.exporters import ExportedLines
from .interop.importers import ImportReport
from .interop.importers.report import ImportedRow, ImportLoss
from .records.alias import Alias, AliasMove
from .records.check_report import CheckLimits, CheckReport, Finding
from .records.clip_lineage import ClipLineage, ClipRun, ConsumedClips, ConsumedVersion
from .records.clip_table import (
    CellChange,
    CellConflict,
    ExportedTable,
    TableDecisions,
    UnknownSubject,
)
from .records.comparison import (
    ComparedRun,
    Comparison,
    CurvePoint,
    CurveStep,
    Importance,
    ImportantParam,
    LearningCurve,
)
from .records.copy_report import (
    CopiedAlias,
    CopiedDecisions,
    CopiedRuns,
    CopiedVersion,
    CopiedVersions,
    CopiedWithdrawal,
    CopyConflict,
    CopyReport,
)
from .records.cut_options import CutOptions
from .records.dataset_card import DatasetCard
from .records.dataset_report import ColumnHistogram, DatasetReport, GroupQuality, ReportedClip
from .records.dedupe_report import DedupeReport, DuplicateGroup
from .records.description import Description
from .records.doctor_report import Diagnosis, DoctorReport
from .records.export_report import ExportedFile, ExportReport
from .records.guard_report import GuardReport
from .records.identity import VersionRef
from .records.line_options import TranscriptOptions
from .records.line_report import LineReport
from .records.lineage import Lineage, LinkedModel, LinkedRun, LinkedVersion, WrittenTexts
from .records.lines import Alignment, Line, LineSpan
from .records.manifest import Clip
from .records.pin import Pin
from .records.promotion import Promotion, PromotionCheck
from .records.recipe import CodeState, Recipe
from .records.removal_report import RemovalReport, SourceRemoval, VersionHolding
from .records.reproduction import MetricPair, Reproduction
from .records.reshape_report import ReshapeReport
from .records.search_report import SearchOptions, SearchReport, SearchTrial
from .records.source import Source
from .records.source_state import SourcesHere, SourceState
from .records.split_changes import SplitChange
from .records.split_report import (
    LeftOutClip,
    SplitCertificate,
    SplitLeak,
    SplitOptions,
    SplitReport,
    SplitTotal,
)
from .records.trained_aligner import TrainedAligner
from .records.transcribe_report import TranscribeReport
from .records.verify_report import Problem, VerifyReport
from .records.version import VersionRecord
from .records.version_diff import (
    DiffClip,
    DiffSide,
    RecutClip,
    RelabelledClip,
    RetextedClip,
    TotalChange,
    VersionDiff,
)
from .records.version_urls import VersionUrls
from .records.workspace_status import (
    ClipTotals,
    NextPublish,
    NextStep,
    PlaceAnswer,
    SourceTotals,
    WorkspaceStatus,
)
from .settings import Settings, load_settings
from .tracking.published import MirrorReport
from .tracking.withdrawal import ForgetReport
from .training.clip import LoadedClip
from .training.reader import Dataset
from .version import __version__
from .versions.collect import CollectReport
from .versions.publish import Publication
from .versions.pull import PullReport
from .workspace import (
    Workspace,
    doctor,
    init,
    lightning_callback,
    open,
    open_workspace,
    pin,
    training_run,
    transformers_callback,
)

__all__ = [
    "Alias",
    "AliasMove",
    "Alignment",
    "AlreadyExistsError",
    "AudiosetError",
    "CellChange",
    "CellConflict",
    "CheckLimits",
    "CheckReport",
    "Clip",
    "ClipLineage",
    "ClipRun",
    "ClipTotals",
    "CodeState",
    "CollectReport",
    "ColumnHistogram",
    "ComparedRun",
    "Comparison",
    "ConflictError",
    "ConsumedClips",
    "ConsumedVersion",
    "CopiedAlias",
    "CopiedDecisions",
    "CopiedRuns",
    "CopiedVersion",
    "CopiedVersions",
    "CopiedWithdrawal",
    "CopyConflict",
    "CopyReport",
    "CurvePoint",
    "CurveStep",
    "CutOptions",
    "CutReport",
    "DamagedWarning",
    "Dataset",
    "DatasetCard",
    "DatasetReport",
    "Decision",
    "DecisionConflict",
    "DedupeReport",
    "Description",
    "Diagnosis",
    "DiffClip",
    "DiffSide",
    "DoctorReport",
    "DuplicateGroup",
    "ExportReport",
    "ExportedFile",
    "ExportedLines",
    "ExportedTable",
    "Finding",
    "ForgetReport",
    "GroupQuality",
    "GuardReport",
    "HeldDecision",
    "HeldInstead",
    "HoldsNow",
    "ImportLoss",
    "ImportReport",
    "Importance",
    "ImportantParam",
    "ImportedRow",
    "IntegrityError",
    "InvalidInputError",
    "LearningCurve",
    "LeftBehind",
    "LeftOutClip",
    "Line",
    "LineReport",
    "LineSpan",
    "Lineage",
    "LinkedModel",
    "LinkedRun",
    "LinkedVersion",
    "LoadedClip",
    "MeasureReport",
    "MediaError",
    "MetricPair",
    "MirrorReport",
    "MovedWarning",
    "NextPublish",
    "NextStep",
    "NotCopiedWarning",
    "NotFoundError",
    "Pin",
    "PlaceAnswer",
    "Plugin",
    "Problem",
    "Promotion",
    "PromotionCheck",
    "Publication",
    "PullReport",
    "Recipe",
    "Recorded",
    "RecordedDecision",
    "RecutClip",
    "RelabelledClip",
    "RemovalReport",
    "ReportedClip",
    "Reproduction",
    "ReshapeReport",
    "RetextedClip",
    "SearchOptions",
    "SearchReport",
    "SearchTrial",
    "Settings",
    "Source",
    "SourceRemoval",
    "SourceReport",
    "SourceState",
    "SourceTotals",
    "SourcesHere",
    "SplitCertificate",
    "SplitChange",
    "SplitLeak",
    "SplitOptions",
    "SplitReport",
    "SplitTotal",
    "StorageError",
    "TableDecisions",
    "TotalChange",
    "TrackingError",
    "TrainedAligner",
    "TranscribeReport",
    "TranscriptOptions",
    "Undone",
    "UnknownSubject",
    "VerifyReport",
    "VersionDiff",
    "VersionHolding",
    "VersionRecord",
    "VersionRef",
    "VersionUrls",
    "WithdrawnWarning",
    "Workspace",
    "WorkspaceStatus",
    "WrittenTexts",
    "__version__",
    "doctor",
    "init",
    "lightning_callback",
    "load_settings",
    "open",
    "open_workspace",
    "pin",
    "training_run",
    "transformers_callback",
]
