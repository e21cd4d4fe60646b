"""Floor 1: who is this customer, and what do we know? And who works here."""

from customers.models.answered import AnsweredCall
from customers.models.api_key import ApiKey
from customers.models.attribute import Attribute, Conflict, DataType
from customers.models.audit import AuditEntry, Via
from customers.models.bits import BitSet, BitSetState
from customers.models.brand import Brand
from customers.models.catalogue import (
    BreachKind,
    EventBreach,
    EventSchema,
    PropertyType,
    QuarantinedItem,
    QuarantineJob,
    QuarantineState,
    QuarantineVerb,
    RefusedFact,
    SchemaMode,
)
from customers.models.consent import Channel, Consent, ConsentChange, ConsentState, Purpose
from customers.models.customer import BUCKETS, Customer, Sighting, last_seen_sql
from customers.models.disclosure import Disclosure, DisclosureReason
from customers.models.erasure import BarredIdentity, Erasure, ErasureReason
from customers.models.event import Event, EventKey, EventType
from customers.models.identity import Identity, Namespace, Normaliser, Strength
from customers.models.imports import (
    Import,
    ImportKind,
    ImportRefusal,
    ImportState,
    ImportTrial,
    RememberedMapping,
    TrialState,
)
from customers.models.job import BulkJob, BulkPart, JobKind, JobState
from customers.models.merge import Merge, MergeReason, MergeReview, MergeRow, ReviewState
from customers.models.name import NameKey, NameToKey
from customers.models.rows import EventRow, TagRow
from customers.models.segment import (
    Segment,
    SegmentKind,
    SegmentMember,
    SegmentMode,
    SegmentScope,
    SegmentSize,
)
from customers.models.segment_insight import InsightState, SegmentInsight
from customers.models.source import Source, SourceKind
from customers.models.tag import (
    CustomerTag,
    RefreshEvery,
    Tag,
    TagCategory,
    TagChange,
    TagKind,
)
from customers.models.tag_day import Staleness, TagDay, TagMeasure
from customers.models.tag_evaluation import (
    Expects,
    TagMark,
    TagOutcome,
    TagSample,
    TagSettings,
    TagVerdict,
)
from customers.models.tag_run import RunScope, RunState, TagDirty, TagRun
from customers.models.user import Membership, Role, Theme, User
from customers.models.view import SavedView

__all__ = [
    "BUCKETS",
    "AnsweredCall",
    "ApiKey",
    "Attribute",
    "AuditEntry",
    "BarredIdentity",
    "BitSet",
    "BitSetState",
    "Brand",
    "BreachKind",
    "BulkJob",
    "BulkPart",
    "Channel",
    "Conflict",
    "Consent",
    "ConsentChange",
    "ConsentState",
    "Customer",
    "CustomerTag",
    "DataType",
    "Disclosure",
    "DisclosureReason",
    "Erasure",
    "ErasureReason",
    "Event",
    "EventBreach",
    "EventKey",
    "EventRow",
    "EventSchema",
    "EventType",
    "Expects",
    "Identity",
    "Import",
    "ImportKind",
    "ImportRefusal",
    "ImportState",
    "ImportTrial",
    "InsightState",
    "JobKind",
    "JobState",
    "Membership",
    "Merge",
    "MergeReason",
    "MergeReview",
    "MergeRow",
    "NameKey",
    "NameToKey",
    "Namespace",
    "Normaliser",
    "PropertyType",
    "Purpose",
    "QuarantineJob",
    "QuarantineState",
    "QuarantineVerb",
    "QuarantinedItem",
    "RefreshEvery",
    "RefusedFact",
    "RememberedMapping",
    "ReviewState",
    "Role",
    "RunScope",
    "RunState",
    "SavedView",
    "SchemaMode",
    "Segment",
    "SegmentInsight",
    "SegmentKind",
    "SegmentMember",
    "SegmentMode",
    "SegmentScope",
    "SegmentSize",
    "Sighting",
    "Source",
    "SourceKind",
    "Staleness",
    "Strength",
    "Tag",
    "TagCategory",
    "TagChange",
    "TagDay",
    "TagDirty",
    "TagKind",
    "TagMark",
    "TagMeasure",
    "TagOutcome",
    "TagRow",
    "TagRun",
    "TagSample",
    "TagSettings",
    "TagVerdict",
    "Theme",
    "TrialState",
    "User",
    "Via",
    "last_seen_sql",
]
