"""Floor 2: what do we say, how does it get there, may we say it, and did it work?"""

from campaigns.models.account import ChannelAccount
from campaigns.models.answer import Answer
from campaigns.models.block import ContentBlock
from campaigns.models.campaign import Campaign, CampaignKind, CampaignState, ChannelCost
from campaigns.models.content import Content, ContentText, ContentVersion, OnLoss, OnMissing
from campaigns.models.experiment import Experiment, ExperimentState
from campaigns.models.inapp import InAppMessage, Placement
from campaigns.models.message import (
    Bucket,
    Candidate,
    CandidateState,
    Decision,
    Message,
    MessageState,
    RecordedMessage,
    Verdict,
)
from campaigns.models.offer import Offer, OfferCode, OfferKind
from campaigns.models.pause import SendingPause
from campaigns.models.policy import (
    Arbitration,
    CapPeriod,
    FrequencyCap,
    Holiday,
    LedgerPolicy,
    QuietAction,
    QuietHours,
    Quota,
    QuotaAction,
    QuotaPeriod,
    QuotaUse,
    SendApproval,
)
from campaigns.models.report import WaitingReport
from campaigns.models.seed import SeedAddress
from campaigns.models.sending import BrandSending, Confirmation, ShortLink
from campaigns.models.suppression import Suppression, SuppressionReason, SuppressionScope
from campaigns.models.tally import VerdictCount
from campaigns.models.task import Task, TaskState

__all__ = [
    "Answer",
    "Arbitration",
    "BrandSending",
    "Bucket",
    "Campaign",
    "CampaignKind",
    "CampaignState",
    "Candidate",
    "CandidateState",
    "CapPeriod",
    "ChannelAccount",
    "ChannelCost",
    "Confirmation",
    "Content",
    "ContentBlock",
    "ContentText",
    "ContentVersion",
    "Decision",
    "Experiment",
    "ExperimentState",
    "FrequencyCap",
    "Holiday",
    "InAppMessage",
    "LedgerPolicy",
    "Message",
    "MessageState",
    "Offer",
    "OfferCode",
    "OfferKind",
    "OnLoss",
    "OnMissing",
    "Placement",
    "QuietAction",
    "QuietHours",
    "Quota",
    "QuotaAction",
    "QuotaPeriod",
    "QuotaUse",
    "RecordedMessage",
    "SeedAddress",
    "SendApproval",
    "SendingPause",
    "ShortLink",
    "Suppression",
    "SuppressionReason",
    "SuppressionScope",
    "Task",
    "TaskState",
    "Verdict",
    "VerdictCount",
    "WaitingReport",
]
