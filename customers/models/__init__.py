"""Floor 1: who is this customer, and what do we know? And who works here."""

from customers.models.api_key import ApiKey
from customers.models.attribute import Attribute, Conflict, DataType
from customers.models.audit import AuditEntry, Via
from customers.models.brand import Brand
from customers.models.consent import Channel, Consent, ConsentChange, ConsentState, Purpose
from customers.models.customer import BUCKETS, Customer
from customers.models.event import Event, EventKey, EventType
from customers.models.identity import Identity, Namespace, Normaliser, Strength
from customers.models.imports import (
    Import,
    ImportKind,
    ImportRefusal,
    ImportState,
    RememberedMapping,
)
from customers.models.merge import Merge, MergeReason, MergeReview, MergeRow, ReviewState
from customers.models.segment import Segment, SegmentKind, SegmentMember, SegmentSize
from customers.models.source import Source, SourceKind
from customers.models.tag import CustomerTag, Tag, TagCategory, TagChange, TagKind
from customers.models.user import Membership, Role, Theme, User

__all__ = [
    "BUCKETS",
    "ApiKey",
    "Attribute",
    "AuditEntry",
    "Brand",
    "Channel",
    "Conflict",
    "Consent",
    "ConsentChange",
    "ConsentState",
    "Customer",
    "CustomerTag",
    "DataType",
    "Event",
    "EventKey",
    "EventType",
    "Identity",
    "Import",
    "ImportKind",
    "ImportRefusal",
    "ImportState",
    "Membership",
    "Merge",
    "MergeReason",
    "MergeReview",
    "MergeRow",
    "Namespace",
    "Normaliser",
    "Purpose",
    "RememberedMapping",
    "ReviewState",
    "Role",
    "Segment",
    "SegmentKind",
    "SegmentMember",
    "SegmentSize",
    "Source",
    "SourceKind",
    "Strength",
    "Tag",
    "TagCategory",
    "TagChange",
    "TagKind",
    "Theme",
    "User",
    "Via",
]
